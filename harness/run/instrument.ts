/**
 * The parts of the instrument that a run is made with. One assembly, so that the self-test can put
 * a broken part in its place and see that the suite notices.
 */

import type { Check } from '../checks/check.ts';
import { Recorder } from '../history/recorder.ts';
import { Lane, type LaneOptions } from './lane.ts';
import { strikeNetwork } from '../fault/strike-network.ts';
import { checksNamed } from './recheck.ts';

export interface Instrument {
  openLane(options: LaneOptions): Promise<Lane>;
  newRecorder(): Recorder;
  checksNamed(ids: readonly string[]): readonly Check[];
  readonly strikeNetwork: typeof strikeNetwork;
}

export const INSTRUMENT: Instrument = {
  openLane: (options) => Lane.open(options),
  newRecorder: () => new Recorder(),
  checksNamed,
  strikeNetwork,
};
