/**
 * Makes a fresh clone runnable: installs the packages that package-lock.json pins, and with them the Node that runs
 * everything else. Plain JavaScript without a dependency, because it runs before there is one, on any Node from 18.
 * Silent when there is nothing to do.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from './run-to-end.js';

const OWN_ERROR = 4;
const NODE_MAJOR = 24;
/** A minute is usual with an empty cache; a registry that never answers must not hang a CI job. */
const INSTALL_WITHIN_MS = 600_000;

const here = realpathSync(fileURLToPath(import.meta.url));
export const packageRoot = dirname(dirname(here));
const lockFile = join(packageRoot, 'package-lock.json');

/**
 * Installs what is missing and returns the path of a Node that can run the suite.
 * Ends the process with exit code 4 and one sentence if there is none.
 */
export async function bootstrap() {
  // The published package carries no lock file: whoever installed it has installed its dependencies.
  if (existsSync(lockFile) && !isInstalled()) await installPackages();
  return pinnedNode() ?? (await lateNode()) ?? otherNode() ?? giveUp(noNode());
}

/** npm keeps a copy of the lock as it was installed; every package that we need must stand in it. */
function isInstalled() {
  const installed = join(packageRoot, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const present = packagesOf(installed);
  return Object.entries(packagesOf(lockFile)).every(([path, wanted]) => {
    if (path === '') return true;
    const found = present[path];
    // Optional ones are for other platforms.
    return found ? found.version === wanted.version : wanted.optional || wanted.devOptional;
  });
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

async function installPackages() {
  say(`installing the packages of package-lock.json and Node ${NODE_MAJOR} with npm ci`);
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const problem = await runToEnd('npm', args, packageRoot, INSTALL_WITHIN_MS);
  if (problem) giveUp(`npm ci in ${packageRoot} failed: ${problem}`);
}

function nodePackage() {
  try {
    return dirname(createRequire(here).resolve('node/package.json'));
  } catch {
    return undefined;
  }
}

/** The Node of our dependency `node`, wherever npm put it. */
function pinnedNode() {
  const folder = nodePackage();
  return folder && usable(join(folder, 'bin', 'node'));
}

/** Where npm was told not to run install scripts, that package is there without its program: we run its script. */
async function lateNode() {
  const folder = nodePackage();
  const program = folder && join(folder, 'bin', 'node');
  if (!program || existsSync(program)) return undefined;
  say(
    `installing Node ${NODE_MAJOR}, because npm did not run the install script of the package "node"`,
  );
  const args = [join(folder, 'installArchSpecificPackage.js')];
  await runToEnd(process.execPath, args, folder, INSTALL_WITHIN_MS);
  return usable(program);
}

function otherNode() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = [process.execPath, ...folders.map((folder) => join(folder, 'node'))];
  return candidates.find((path) => usable(path));
}

/** The path itself if it is a Node that is new enough and runs on this machine. */
function usable(path) {
  if (!existsSync(path)) return undefined;
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  const major = Number(/^v(\d+)\./.exec(stdout ?? '')?.[1]);
  return major >= NODE_MAJOR ? path : undefined;
}

function noNode() {
  return `Node ${NODE_MAJOR} or newer is needed: the package "node" brought none for ${process.platform}-${process.arch}, and PATH has none; install it and try again.`;
}

function say(line) {
  process.stderr.write(`mcp-gauntlet: ${line}\n`);
}

function giveUp(sentence) {
  say(sentence);
  process.exit(OWN_ERROR);
}

if (process.argv[1] && realpathSync(process.argv[1]) === here) await bootstrap();
