/** An honest client in virtual time: it initializes anew when its session has ended, and writes down what it sees. */

import type { NewEvent, Outcome } from '../history/event.ts';
import type { Recorder } from '../history/recorder.ts';
import { OPERATION_TOOLS } from '../schedule/operation-tools.ts';
import type { ScheduledOperation } from '../schedule/schedule.ts';
import { OK, type GatewayModel, type ModelCall, type ModelSession } from './gateway-model.ts';

const DEADLINE_MS = 10_000;
/** A call is at work upstream this long after it was sent, in milliseconds. */
export const ARRIVED_MS = 7;

type Issue = (operation: Omit<ScheduledOperation, 'session' | 'gapMs'>) => void;

export function clientModel(index: number, gateway: GatewayModel, recorder: Recorder): Issue {
  const user = index === 1 ? 'bob' : 'alice';
  const { time, upstreams } = gateway;
  let open: ModelSession | undefined;
  const invoke = (session: string, about: object): number => {
    const op = recorder.nextOp();
    const base = { kind: 'invoke', op, session, user, deadlineMs: DEADLINE_MS };
    recorder.record({ ...base, ...about } as NewEvent);
    return op;
  };
  const succeed = (op: number, session: string, what: 'opened' | 'deleted'): void => {
    recorder.record({ kind: 'complete', op, outcome: OK });
    recorder.record({ kind: 'session', session, what, user });
  };
  const connect = (): ModelSession => {
    const label = `${user}/${recorder.issued.ops}`;
    succeed(invoke(label, { method: 'initialize' }), label, 'opened');
    return { label, user, isEnded: false, calls: 0 };
  };
  return ({ kind, upstream: at, executionMs }) => {
    const session = (open ??= connect());
    const { label } = session;
    if (kind === 'delete') {
      open = undefined;
      const op = invoke(label, { method: 'DELETE' });
      return time.hop(() => {
        gateway.delete(session);
        succeed(op, label, 'deleted');
      });
    }
    const { giveUp, beyondMs = 0, ...asked } = OPERATION_TOOLS[kind];
    const upstream = upstreams[at] as ModelCall['upstream'];
    const requestId = ++session.calls;
    const about = { tool: asked.tool, opId: `${label}.${requestId}`, requestId };
    const op = invoke(label, { method: 'tools/call', upstream: upstream.name, ...about });
    let isAnswered = false;
    const tell = (outcome: Outcome): void => {
      isAnswered = true;
      recorder.record({ kind: 'complete', op, outcome });
      if (outcome.status === 404 && open === session) open = undefined;
    };
    const what = { ...asked, ...about, executionMs: executionMs + beyondMs };
    const call: ModelCall = { ...what, session, upstream, tell, isCancelled: false };
    const leave = (as: 'timeout' | 'aborted'): void => {
      if (!isAnswered) tell({ type: 'info', kind: as });
      call.tell = () => {};
    };
    time.hop(() => gateway.receive(call));
    time.after(DEADLINE_MS, () => leave('timeout'));
    if (giveUp === undefined) return undefined;
    return time.after(ARRIVED_MS + executionMs / 2, () => {
      if (isAnswered) return;
      recorder.record({ kind: 'give-up', op, how: giveUp });
      if (giveUp === 'abort') leave('aborted');
      time.hop(() => gateway[giveUp](call));
    });
  };
}
