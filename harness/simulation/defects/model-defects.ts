/**
 * Those of the seeded defects that the model can have, by the names that they have in the reference
 * gateway. Each replaces parts of a healthy model; what needs real sockets, processes or an admin API
 * is not here.
 */

import type { UpstreamModel } from '../upstream-model.ts';
import { errorSaying, type GatewayModel, type Home, type ModelCall } from '../gateway-model.ts';

/** What it replaces in `gateway`; `healthy` has the same fields as they were. */
export type ModelDefect = (gateway: GatewayModel, healthy: GatewayModel) => Partial<GatewayModel>;

const HELD_BACK_MS = 5_000;

export const MODEL_DEFECTS: Readonly<Record<string, ModelDefect>> = {
  'shared-upstream-session': () => ({ keyOf: ({ upstream }) => upstream.name }),
  'keyed-by-user': () => ({ keyOf: ({ session, upstream }) => `${session.user}/${upstream.name}` }),
  'session-per-call': () => ({ keyOf: ({ opId }) => String(opId) }),
  'orphan-of-a-race': (gateway, healthy) => {
    const begun = new Set<ModelCall>();
    return {
      receive: (call) => {
        const key = gateway.keyOf(call);
        if (!begun.has(call) && gateway.homes.get(key)?.id === undefined) gateway.homes.delete(key);
        begun.add(call);
        healthy.receive(call);
      },
    };
  },
  'routed-to-wrong-upstream': (gateway, healthy) => {
    let last = gateway.upstreams[0] as UpstreamModel;
    return {
      receive: (call) => {
        last = call.upstream;
        gateway.time.hop(() => healthy.receive(Object.assign(call, { upstream: last })));
      },
    };
  },
  'answers-swapped': (_, healthy) => {
    const waiting: ModelCall[] = [];
    return {
      forward: (call, home, id) => {
        waiting.push(call);
        healthy.forward(call, home, id);
      },
      replied: ({ requestId }, reply) => {
        const first = waiting.findIndex((call) => call.requestId === requestId);
        for (const call of waiting.splice(first, 1)) healthy.replied(call, reply);
      },
    };
  },
  'answered-twice': (_, healthy) => ({
    answer: (call, outcome) => {
      healthy.answer(call, outcome);
      healthy.answer(call, outcome);
    },
  }),
  'never-answered': () => ({ failed: () => {} }),
  'empty-error': (gateway) => ({ failed: (call) => gateway.answer(call, errorSaying('')) }),
  'failure-taken-for-success': (gateway) => ({
    failed: (call) => gateway.answer(call, { type: 'ok', kind: 'result', status: 200 }),
  }),
  'error-held-back': ({ time }, healthy) => ({
    failed: (call) => time.after(HELD_BACK_MS, () => healthy.failed(call)),
  }),
  'broken-handed-out-again': (gateway, healthy) => {
    const closed = new Set<Home | undefined>();
    return {
      failed: (call) => {
        closed.add(call.home);
        healthy.failed(call);
      },
      forward: (call, home, id) => {
        if (closed.has(home)) gateway.answer(call, errorSaying('ClosedResourceError'));
        else healthy.forward(call, home, id);
      },
    };
  },
  'wedged-after-failure': (gateway, healthy) => {
    const tripped = new Set<string>();
    return {
      failed: (call) => {
        tripped.add(gateway.keyOf(call));
        healthy.failed(call);
      },
      receive: (call) => {
        if (tripped.has(gateway.keyOf(call))) gateway.failed(call);
        else healthy.receive(call);
      },
    };
  },
  'neighbour-poisoned': (_, healthy) => {
    const group = new Set<ModelCall>();
    return {
      forward: (call, home, id) => {
        group.add(call);
        healthy.forward(call, home, id);
      },
      answer: (call, outcome) => {
        if (group.delete(call)) healthy.answer(call, outcome);
      },
      failed: () => {
        for (const call of group) healthy.failed(call);
      },
    };
  },
  'replay-on-reset': (_, healthy) => {
    const replayed = new Set<ModelCall>();
    return {
      failed: (call) => {
        if (replayed.has(call)) return healthy.failed(call);
        replayed.add(call);
        return healthy.receive(call);
      },
    };
  },
  'hedged-calls': (_, healthy) => ({
    forward: (call, home, id) => {
      healthy.forward(call, home, id);
      if (call.executionMs > 0) home.upstream.send(id, call, () => {});
    },
  }),
  'silent-reinitialize': (gateway, healthy) => ({
    lost: (call) => {
      gateway.homes.delete(gateway.keyOf(call));
      healthy.receive(call);
    },
  }),
  'cancel-dropped': () => ({ cancel: () => {} }),
  'cancel-under-wrong-id': (_, healthy) => ({
    cancel: (call) => healthy.cancel({ ...call, requestId: call.requestId + 1_000 }),
  }),
  'cancel-told-twice': (_, healthy) => ({
    cancel: (call) => {
      healthy.cancel(call);
      healthy.cancel(call);
    },
  }),
  'cancel-broadcast': ({ homes }) => ({
    cancel: ({ requestId }) => {
      for (const { upstream, id } of homes.values()) upstream.end(id ?? '', requestId);
    },
  }),
  'cancel-kills-session': (gateway, healthy) => ({
    cancel: (call) => {
      healthy.cancel(call);
      if (call.home !== undefined) gateway.leave(call.home);
    },
  }),
  'hang-up-kills-session': (gateway) => ({
    abort: ({ home }) => {
      if (home !== undefined) gateway.leave(home);
    },
  }),
  'delete-not-forwarded': () => ({
    delete: (session) => {
      session.isEnded = true;
    },
  }),
};
