/** All scenarios, found by their files: a scenario that lies in the folder is in the suite. */

import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Scenario, ScenarioDefinition } from '../harness/run/scenario.ts';

const here = dirname(fileURLToPath(import.meta.url));
const SCENARIO_FILE = /^(?!.*\.test\.)(?!.*\.d\.).*\.(ts|js)$/;

/** Sorted by id, `run/…` last: those look at what the others left. */
export async function loadScenarios(): Promise<readonly Scenario[]> {
  const entries = await readdir(here, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(
      (entry) => entry.isFile() && SCENARIO_FILE.test(entry.name) && entry.parentPath !== here,
    )
    .map((entry) => join(entry.parentPath, entry.name));
  const scenarios = await Promise.all(files.map(loadScenario));
  return scenarios.toSorted(
    (a, b) => Number(isOncePerRun(a)) - Number(isOncePerRun(b)) || a.id.localeCompare(b.id),
  );
}

async function loadScenario(file: string): Promise<Scenario> {
  const id = relative(here, file)
    .split(sep)
    .join('/')
    .replace(/\.(ts|js)$/, '');
  const module = (await import(pathToFileURL(file).href)) as { default: ScenarioDefinition };
  return { ...module.default, id };
}

function isOncePerRun(scenario: Scenario): boolean {
  return scenario.id.startsWith('run/');
}
