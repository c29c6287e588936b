/**
 * A schedule carried out against models of everything, in one thread and in virtual time. It leaves what
 * a real run leaves, for the same judge: to try that one, and to shrink. It gives no verdict on a target.
 */

import { CHECKS } from '../checks/index.ts';
import type { Receipt } from '../fault/receipt.ts';
import { Recorder } from '../history/recorder.ts';
import { randomFrom } from '../random.ts';
import type { Recorded } from '../run/recorded.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { DEFAULT_CLAIMS } from '../target/claims.ts';
import { ARRIVED_MS, clientModel } from './client-model.ts';
import type { ModelDefect } from './defects/model-defects.ts';
import { GatewayModel } from './gateway-model.ts';
import { VirtualTime } from './virtual-time.ts';

/** Before the liveness phase and between its calls: whatever is due anywhere is there by then. */
const REST_MS = 1_500;
/** Who is told of a loss by the first of them works again from the second one on. */
const LIVENESS = ['increment', 'increment', 'get'] as const;
/** An operation is sent so long after a fault that it is to meet at once, in milliseconds. */
const LEAD_MS = 3;
/** How much of an operation's way and work is over when a fault is to meet it; negative: it is not sent. */
const MET_AT = { idle: -1, sent: 0, executing: 0.4, streaming: 0.8, after: 1 } as const;

/** The same schedule, seed and defect leave the same record. */
export function simulate(schedule: Schedule, seed: number, defect?: ModelDefect): Recorded {
  const time = new VirtualTime(randomFrom(seed, 'simulation'));
  const gateway = new GatewayModel(time, ['first', 'second'].slice(0, schedule.upstreams));
  Object.assign(gateway, defect?.(gateway, Object.assign({}, gateway)));
  const recorder = new Recorder(() => time.nowMs);
  const clients = schedule.sessions.map(({ user }) => clientModel(user, gateway, recorder));
  const receipts: Receipt[] = [];
  /** When each session's latest operation is due. */
  const dueMs = clients.map(() => 0);
  for (const [index, operation] of schedule.operations.entries()) {
    const { session, gapMs, executionMs } = operation;
    const atMs = (dueMs[session] = (dueMs[session] ?? 0) + gapMs);
    for (const fault of schedule.faults.filter((one) => one.operation === index)) {
      const share = MET_AT[fault.phase];
      const metMs = share < 0 ? 0 : LEAD_MS + 1 + share * (2 * ARRIVED_MS + executionMs);
      time.after(atMs + metMs, () => gateway.upstreams[fault.upstream]?.strike(fault, receipts));
    }
    time.after(atMs + LEAD_MS, () => clients[session]?.(operation));
  }
  time.run();
  for (const kind of LIVENESS) {
    for (const upstream of gateway.upstreams.keys()) {
      time.after(REST_MS, () => {
        for (const client of clients) client({ kind, upstream, executionMs: 0 });
      });
      time.run();
    }
  }
  return {
    scenario: 'simulated',
    claims: { ...DEFAULT_CLAIMS, upstreams: gateway.upstreams.length > 1 ? 'many' : 'one' },
    checks: CHECKS.map(({ id }) => id),
    operationsMin: 1,
    events: recorder.events,
    issued: recorder.issued,
    ledger: gateway.upstreams.flatMap(({ ledger }) => ledger),
    receipts,
    noise: { lagMaxMs: 0, probeMaxMs: 0 },
  };
}
