#!/usr/bin/env node
/** The launcher: the command line on the pinned Node, in a fresh clone and in an installed package alike. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './bootstrap.js';
import { runOnPinnedNode } from './pinned-node.js';

const source = join(packageRoot, 'harness', 'cli', 'main.ts');
// Node strips no types below node_modules, so the published package holds the built program.
const built = join(packageRoot, 'dist', 'harness', 'cli', 'main.js');

await runOnPinnedNode(existsSync(source) ? source : built, process.argv.slice(2));
