/** The fixtures' tools as one session's target lists them, and the arguments they take. */

import { COUNTER_TOOLS } from '../fixture/counter-tools.ts';
import { findTool } from './tool-finder.ts';

interface ListedTool {
  readonly name: string;
  readonly takesOpId: boolean;
}

export class ToolCatalogue {
  readonly #tools: readonly ListedTool[];
  readonly #upstreams: readonly string[];

  /** @param tools the `tools` of every page of `tools/list`. */
  constructor(tools: readonly unknown[], upstreams: readonly string[]) {
    this.#tools = tools.map((tool) => toListed(tool)).filter((tool) => tool !== undefined);
    this.#upstreams = upstreams;
  }

  /** Every upstream's `increment` is there. */
  get isComplete(): boolean {
    return this.#upstreams.every((upstream) => this.#find('increment', upstream) !== undefined);
  }

  /** The target's name of a fixture's tool; the fixture's own when the target lists none, so that the target refuses it. */
  nameOf(tool: string, upstream: string | undefined): string {
    return this.#find(tool, upstream)?.name ?? tool;
  }

  takesOpId(tool: string, upstream: string | undefined): boolean {
    return this.#find(tool, upstream)?.takesOpId ?? true;
  }

  get names(): readonly string[] {
    return this.#tools.map((tool) => tool.name);
  }

  #find(tool: string, upstream: string | undefined): ListedTool | undefined {
    const several = this.#upstreams.length > 1;
    const name = findTool(this.names, {
      tool,
      allTools: COUNTER_TOOLS,
      ...(several && upstream !== undefined && { upstream }),
    });
    return this.#tools.find((listed) => listed.name === name);
  }
}

function toListed(tool: unknown): ListedTool | undefined {
  if (typeof tool !== 'object' || tool === null) return undefined;
  const { name, inputSchema } = tool as Record<string, unknown>;
  if (typeof name !== 'string') return undefined;
  const properties = (inputSchema as { properties?: Record<string, unknown> } | undefined)
    ?.properties;
  return { name, takesOpId: properties === undefined || 'opId' in properties };
}
