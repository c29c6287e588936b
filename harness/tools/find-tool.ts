/**
 * Finds Toxiproxy or k6, in a fixed order: an explicit path, PATH, our cache, a build with Go, a container.
 * What the user named is never passed over in silence; what happens to lie around is, if it is the wrong version.
 */

import { OwnError, UsageError } from '../errors.ts';
import { findContainer } from './container-tool.ts';
import type { FoundTool, ToolSource } from './found-tool.ts';
import { buildWithGo } from './go-build.ts';
import { startLocalTool } from './local-tool.ts';
import { PINNED_TOOLS, type PinnedTool, type ToolName } from './pinned-tool.ts';
import { isExecutable, searchPath } from './search-path.ts';
import { cachedFile, toolCacheFolder } from './tool-cache.ts';
import { askVersion } from './tool-version.ts';

export interface FindToolOptions {
  /** Told, a line each, of what takes long. */
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** False: neither build nor pull anything. Default true. */
  readonly build?: boolean;
}

/**
 * The tool, at exactly the pinned version.
 * @throws {UsageError} if the path in the environment variable is not that tool or that version.
 * @throws {OwnError} if there is no way to it; the sentence names the ways out.
 */
export async function findTool(name: ToolName, options: FindToolOptions = {}): Promise<FoundTool> {
  const tool = PINNED_TOOLS[name];
  const { found, notes } = await lookForTool(name);
  if (found) return found;
  const made = [...notes];
  const tried = options.build === false ? undefined : await make(tool, made, options);
  if (tried) return tried;
  throw new OwnError(missing(tool, made));
}

export interface ToolSearch {
  /** Undefined: it would have to be built or pulled. */
  readonly found?: FoundTool;
  /** What was passed over and why. */
  readonly notes: readonly string[];
}

/** The part of `findTool` that changes nothing. @throws {UsageError} as it does. */
export async function lookForTool(name: ToolName): Promise<ToolSearch> {
  const tool = PINNED_TOOLS[name];
  const notes: string[] = [];
  const explicit = process.env[tool.pathVariable];
  if (explicit) {
    const problem = await mismatch(tool, explicit);
    if (problem) throw new UsageError(`${tool.pathVariable}: ${explicit} ${problem}`);
    return { found: local(tool, 'environment', explicit, notes), notes };
  }
  for (const path of await searchPath(tool.executable)) {
    const problem = await mismatch(tool, path);
    if (problem === undefined) return { found: local(tool, 'PATH', path, notes), notes };
    notes.push(`skipped ${path}: it ${problem}`);
  }
  const folder = await toolCacheFolder();
  const cached = folder === undefined ? undefined : cachedFile(folder, tool);
  if (cached === undefined || !(await isExecutable(cached))) return { notes };
  const problem = await mismatch(tool, cached);
  if (problem === undefined) return { found: local(tool, 'cache', cached, notes), notes };
  notes.push(`skipped ${cached}: it ${problem}`);
  return { notes };
}

async function make(
  tool: PinnedTool,
  notes: string[],
  options: FindToolOptions,
): Promise<FoundTool | undefined> {
  const { progress = () => undefined, signal } = options;
  const folder = await toolCacheFolder();
  if (folder === undefined) notes.push('not built: no cache folder can be written');
  else if ((await searchPath('go')).length === 0) notes.push('not built: there is no go on PATH');
  else {
    try {
      return local(tool, 'built', await buildWithGo(tool, folder, { progress, signal }), notes);
    } catch (error) {
      signal?.throwIfAborted();
      notes.push(`not built: ${(error as Error).message}`);
    }
  }
  const container = await findContainer(tool, { progress, signal });
  if ('image' in container) {
    const { image: path, start } = container;
    return { name: tool.name, version: tool.version, how: 'container', path, notes, start };
  }
  notes.push(`no container: ${container.failure}`);
  return undefined;
}

function local(
  tool: PinnedTool,
  how: ToolSource,
  path: string,
  notes: readonly string[],
): FoundTool {
  return {
    name: tool.name,
    version: tool.version,
    how,
    path,
    notes,
    start: (args, options) => startLocalTool(path, args, options),
  };
}

/** Completes "<path> …"; undefined if it is what we want. */
async function mismatch(tool: PinnedTool, path: string): Promise<string | undefined> {
  const answer = await askVersion(tool, path);
  if ('failure' in answer) return answer.failure;
  return answer.version === tool.version
    ? undefined
    : `is ${tool.name} ${answer.version}, and ${tool.version} is needed`;
}

function missing(tool: PinnedTool, notes: readonly string[]): string {
  const tried = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return (
    `${tool.name} ${tool.version} is needed and cannot be had here${tried}: install Go 1.26 or newer so that it is built, ` +
    `or start Docker, or put ${tool.executable} ${tool.version} on PATH, or name it in ${tool.pathVariable}.`
  );
}
