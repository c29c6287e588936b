/**
 * Where built tools are kept: `.tools/` in a checkout, so that a clone carries nothing in and leaves
 * nothing behind; the user's cache for an installed package, which a package manager may replace at any time.
 */

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { packageRoot } from '../paths.ts';
import type { PinnedTool } from './pinned-tool.ts';

/** The cache that this process may write, whether or not it exists yet; undefined if there is none. */
export async function toolCacheFolder(): Promise<string | undefined> {
  for (const folder of candidates()) if (await canHold(folder)) return folder;
  return undefined;
}

/** The folder of a tool in a cache. Version and platform are part of its name: a checkout may be shared. */
export function cachedFolder(cache: string, tool: PinnedTool): string {
  return join(cache, `${tool.name}-${tool.version}-${process.platform}-${process.arch}`);
}

/** The program in it. It keeps its plain name, which it prints with its version. */
export function cachedFile(cache: string, tool: PinnedTool): string {
  return join(cachedFolder(cache, tool), tool.executable);
}

function candidates(): readonly string[] {
  const explicit = process.env['MCP_GAUNTLET_CACHE'];
  if (explicit) return [join(explicit, 'tools')];
  const userCache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const installed = packageRoot.split(sep).includes('node_modules');
  return [
    ...(installed ? [] : [join(packageRoot, '.tools')]),
    join(userCache, 'mcp-gauntlet', 'tools'),
  ];
}

/** Whether it is writable, or could be made: the nearest folder that exists decides, so that asking makes nothing. */
async function canHold(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    const parent = dirname(folder);
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return isMissing && parent !== folder && canHold(parent);
  }
}
