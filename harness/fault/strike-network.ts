/** Network faults as Toxiproxy carries them out. */

import type { ActiveFault, ReceiptSink } from './active-fault.ts';
import type { NetworkFault } from './network.ts';
import { strike, type FaultWork } from './struck-fault.ts';
import type { ToxicSpec, UpstreamProxy } from './upstream-proxy.ts';

export function strikeNetwork(
  upstream: string,
  proxy: UpstreamProxy,
  fault: NetworkFault,
  sink: ReceiptSink,
): Promise<ActiveFault> {
  return strike({ kind: fault.kind, upstream }, workOf(proxy, fault), sink);
}

function workOf(proxy: UpstreamProxy, fault: NetworkFault): FaultWork {
  if (fault.kind === 'down') {
    return { strike: () => proxy.disable(), heal: () => proxy.enable() };
  }
  return {
    strike: async (id) => {
      const seen = await inTurn(toxicsOf(fault, id), (toxic) => proxy.addToxic(toxic));
      return fault.kind === 'reset' ? [...seen, ...(await proxy.probe())] : seen;
    },
    heal: (id) => inTurn(toxicsOf(fault, id), (toxic) => proxy.removeToxic(toxic.name)),
  };
}

type ToxicFault = Exclude<NetworkFault, { kind: 'down' }>;

function toxicsOf(fault: ToxicFault, id: string): readonly ToxicSpec[] {
  const downstream = { name: id, stream: 'downstream' } as const;
  switch (fault.kind) {
    case 'blackhole':
      return (['upstream', 'downstream'] as const).map((stream) => ({
        name: `${id}-${stream}`,
        stream,
        type: 'timeout',
        attributes: { timeout: 0 },
      }));
    case 'latency':
      return [
        { ...downstream, type: 'latency', attributes: { latency: fault.latencyMs, jitter: 0 } },
      ];
    case 'reset':
      // Upstream: it strikes at the first bytes of the request, which so never arrives.
      return [{ name: id, stream: 'upstream', type: 'reset_peer', attributes: { timeout: 0 } }];
    case 'limit-data':
      return [{ ...downstream, type: 'limit_data', attributes: { bytes: fault.bytes } }];
    case 'slicer': {
      const attributes = { average_size: fault.bytes, size_variation: 0, delay: fault.delayUs };
      return [{ ...downstream, type: 'slicer', attributes }];
    }
    case 'bandwidth':
      break;
  }
  return [{ ...downstream, type: 'bandwidth', attributes: { rate: fault.kilobytesPerSecond } }];
}

async function inTurn(
  toxics: readonly ToxicSpec[],
  change: (toxic: ToxicSpec) => Promise<string>,
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const toxic of toxics) seen.push(await change(toxic));
  return seen;
}
