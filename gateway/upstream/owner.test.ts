import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../jsonrpc/failure.ts';
import { requestOf } from '../jsonrpc/message.ts';
import { Deadlines, type Timed } from '../lifecycle/deadlines.ts';
import { createLog } from '../observe/log.ts';
import { SparseLog } from '../observe/sparse-log.ts';
import { Metrics } from '../observe/metrics.ts';
import { FakeUpstream } from '../testing/fake-upstream.ts';
import { until } from '../testing/until.ts';
import { AddressGuard } from './address-guard.ts';
import { UpstreamOwner } from './owner.ts';
import { definitionSchema } from './definition.ts';
import { LegacySseSession } from './legacy-sse.ts';
import { NO_HEADERS } from './passed-headers.ts';
import { Probe } from './probe.ts';
import { Processes } from './processes.ts';
import { UpstreamRegistry } from './registry.ts';
import { StdioSession } from './stdio.ts';
import { StreamableHttpSession } from './streamable-http.ts';
import { Upstream } from './upstream.ts';

const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} };
const downstream = (id: string) => ({
  id,
  initialize: requestOf('0', 'initialize', params),
  passed: NO_HEADERS,
  via: [],
});
const why = new Failure('ended', 'one', 'over');
const log = createLog('silent');
let fake: FakeUpstream;
let upstream: Upstream;
let owned: DisposableStack;
let deps: ConstructorParameters<typeof UpstreamOwner>[2];

beforeEach(async () => {
  fake = await FakeUpstream.start();
  upstream = new Upstream(definitionSchema.parse({ name: 'one', url: fake.url }), {
    guard: new AddressGuard([]),
    log: createLog('silent'),
  });
  owned = new DisposableStack();
  deps = {
    transports: {
      'streamable-http': StreamableHttpSession,
      sse: LegacySseSession,
      stdio: StdioSession,
    },
    host: {
      idleProbeAfterMs: 0,
      lingering: owned.use(new Deadlines<Timed>(1000)),
      patience: owned.use(new Deadlines<Timed>(1000)),
      processes: owned.use(new Processes({ maxProcesses: 1, shutdownTimeoutMs: 1000 }, log)),
      log: new SparseLog(log),
    },
    probe: new Probe(200),
    log: new SparseLog(log),
    metrics: new Metrics(),
    openTimeoutMs: 300,
    onOpened: async () => {},
    onLost: () => {},
  };
});

afterEach(async () => {
  await upstream.destroy();
  owned.dispose();
  await fake[Symbol.asyncDispose]();
});

describe('an owner', () => {
  it('opens one session for however many wait, and hands it out again', async () => {
    const owner = new UpstreamOwner(downstream('d'), upstream, deps);
    const all = await Promise.all(Array.from({ length: 8 }, async () => owner.ready()));
    expect(new Set(all).size).toBe(1);
    expect(owner.ready()).toBe(all[0]);
    expect(fake.of('initialize')).toHaveLength(1);
  });

  it('fails all who wait when opening fails, and tries again for the next', async () => {
    fake.intercept = (_received, response) => {
      response.writeHead(503).end();
      return true;
    };
    const owner = new UpstreamOwner(downstream('d'), upstream, deps);
    const outcomes = await Promise.allSettled([owner.ready(), owner.ready()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fake.intercept = () => false;
    expect((await owner.ready()).isUsable()).toBe(true);
  });

  it('gives up opening after a bound', async () => {
    fake.intercept = () => true;
    const owner = new UpstreamOwner(downstream('d'), upstream, deps);
    await expect(owner.ready()).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('that is closed while it opens leaves nothing behind', async () => {
    const owner = new UpstreamOwner(downstream('d'), upstream, deps);
    const opening = Promise.resolve(owner.ready());
    opening.catch(() => {});
    await owner.close(why);
    await expect(opening).rejects.toBe(why);
    await until('the DELETE', () => fake.deletes().length === 1);
    expect(fake.sessions.size).toBe(0);
    await expect(owner.open()).rejects.toBe(why);
  });

  it('that made a session which cannot be made ready ends it', async () => {
    const failing = { ...deps, onOpened: () => Promise.reject(why) };
    const owner = new UpstreamOwner(downstream('d'), upstream, failing);
    await expect(owner.ready()).rejects.toBe(why);
    await until('the DELETE', () => fake.deletes().length === 1);
  });

  it('replaces a session that is not usable, once', async () => {
    const owner = new UpstreamOwner(downstream('d'), upstream, deps);
    const first = await owner.ready();
    first.retire();
    const [second, third] = await Promise.all([owner.ready(), owner.ready()]);
    expect(second).toBe(third);
    expect(second).not.toBe(first);
  });

  it('says once that state was lost', async () => {
    const lost: string[] = [];
    const telling = { ...deps, onLost: () => void lost.push('lost') };
    const owner = new UpstreamOwner(downstream('d'), upstream, telling);
    const session = await owner.ready();
    fake.forget();
    const request = requestOf('1', 'tools/list');
    await Promise.all(
      [1, 2].map(
        () =>
          new Promise<void>((resolve) => {
            const sink = {
              passed: () => undefined,
              keepAlive: () => {},
              answered: () => resolve(),
            };
            session.send(request, { ...sink, failed: () => resolve() });
          }),
      ),
    );
    expect([lost, session.isUsable()]).toEqual([['lost'], false]);
  });
});

describe('the registry', () => {
  it('keeps an owner for each pair, and none after the end', async () => {
    const registry = new UpstreamRegistry(deps);
    const [a, b] = [downstream('a'), downstream('b')];
    expect(registry.ownerOf(a, upstream)).toBe(registry.ownerOf(a, upstream));
    expect(registry.ownerOf(a, upstream)).not.toBe(registry.ownerOf(b, upstream));
    await Promise.all([registry.sessionFor(a, upstream), registry.sessionFor(b, upstream)]);
    await registry.evictDownstream(a, 'deleted', 0);
    expect([registry.size, fake.sessions.size]).toEqual([1, 1]);
    await registry.closeAll();
    expect([registry.size, fake.sessions.size]).toEqual([0, 0]);
  });

  it('is stopped by no upstream session that will not end', async () => {
    const registry = new UpstreamRegistry(deps);
    const all = ['a', 'b', 'c'].map(downstream);
    await Promise.all(all.map(async (one) => registry.sessionFor(one, upstream)));
    fake.intercept = ({ http, session }, response) => {
      if (http !== 'DELETE' || session !== 'fake-1') return false;
      response.writeHead(500).end();
      return true;
    };
    await registry.evictUpstream(upstream, 'changed', 0);
    expect(fake.deletes()).toHaveLength(3);
    expect([...fake.sessions.keys()]).toEqual(['fake-1']);
  });
});
