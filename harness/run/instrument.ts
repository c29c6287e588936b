/**
 * The parts of the instrument that a run is made with. One assembly, so that the self-test can put
 * a broken part in its place and see that the suite notices.
 */

import type { Check } from '../checks/check.ts';
import { Recorder } from '../history/recorder.ts';
import { Lane, type LaneOptions } from './lane.ts';
import { checksNamed } from './recheck.ts';
import type { UpstreamHandle } from './upstream-handle.ts';

export interface Instrument {
  openLane(options: LaneOptions): Promise<Lane>;
  newRecorder(): Recorder;
  checksNamed(ids: readonly string[]): readonly Check[];
  /** The handle that a scenario is given, from the lane's own. */
  handleOf(handle: UpstreamHandle): UpstreamHandle;
}

export const INSTRUMENT: Instrument = {
  openLane: (options) => Lane.open(options),
  newRecorder: () => new Recorder(),
  checksNamed,
  handleOf: (handle) => handle,
};
