/** `mcp-gauntlet explain`: what stands behind an id, and what it is connected to. */

import type { Command } from 'commander';
import picomatch from 'picomatch';
import { UsageError } from '../errors.ts';
import { ALWAYS } from '../checks/index.ts';
import type { Check } from '../checks/check.ts';
import { ANOMALIES } from '../oracle/anomaly.ts';
import { loadDefects, type Defect } from '../run/defect.ts';
import type { Scenario } from '../run/scenario.ts';
import { PROGRAM } from '../report/again.ts';
import { durationText } from '../report/duration-text.ts';
import type { LoadProfile } from '../../load/profiles.ts';
import type { Issue } from '../../scenarios/issues.ts';
import { FAULT_KINDS, OPERATION_KINDS, PHASES } from '../schedule/schedule.ts';
import { STORM_CHECKS, STORM_GROUP, STORM_TITLE } from '../storm/storm-scenario.ts';
import { loadCatalogue, type Catalogue } from './catalogue.ts';
import { didYouMean } from './nearest.ts';
import { isIssue, issuesNamed } from './select.ts';
import type { Terminal } from './terminal.ts';

/** What results of load runs are called after: "load/users-1000". */
const LOAD_GROUP = 'load';

interface Known extends Catalogue {
  readonly defects: readonly Defect[];
  readonly profiles: readonly LoadProfile[];
}

export function addExplainCommand(program: Command, terminal: Terminal): void {
  program
    .command('explain')
    .summary('say what an id means')
    .description('Says what a scenario, check, requirement, anomaly, defect or issue is about.')
    .argument('<id>', 'such as isolation/same-user, own-counter, ISO-02 or 4205')
    .action(async (id: string) => {
      const { PROFILES: profiles } = await import('../../load/profiles.ts');
      const known: Known = { ...(await loadCatalogue()), defects: await loadDefects(), profiles };
      terminal.write(`${explain(id, known).join('\n')}\n`);
    });
}

/** @throws {UsageError} for an id that nothing has, with the closest one. */
export function explain(id: string, known: Known): readonly string[] {
  if (isIssue(id)) return issuesNamed(id, known.issues).flatMap((one) => ofIssue(one, known));
  if (new RegExp(`^${STORM_GROUP}(?:/\\d+)?$`).test(id)) return ofStorm();
  const profile = known.profiles.find(({ name }) => id === `${LOAD_GROUP}/${name}`);
  if (profile !== undefined) return ofProfile(profile);
  const scenario = known.scenarios.find((one) => one.id === id);
  if (scenario !== undefined) return ofScenario(scenario, known);
  const check = known.checks.find((one) => one.id === id);
  if (check !== undefined) return ofCheck(check, known);
  const defect = known.defects.find(({ name }) => name === id);
  if (defect !== undefined) return ofDefect(defect);
  const anomaly = Object.entries(ANOMALIES).find(([name]) => name === id.toUpperCase());
  if (anomaly !== undefined) return [`anomaly ${anomaly[0]}: ${anomaly[1]}`];
  const requirement = id.toUpperCase();
  if (Object.hasOwn(known.requirements, requirement)) return ofRequirement(requirement, known);
  const ids = [STORM_GROUP, ...[...known.scenarios, ...known.checks].map((one) => one.id)];
  const names = known.defects.map(({ name }) => name);
  const candidates = [
    ...ids,
    ...names,
    ...known.profiles.map(({ name }) => `${LOAD_GROUP}/${name}`),
    ...Object.keys(ANOMALIES),
    ...Object.keys(known.requirements),
  ];
  const hint = didYouMean(id, candidates) || '; see "mcp-gauntlet list"';
  throw new UsageError(`nothing is called "${id}"${hint}`);
}

function ofScenario({ id, title, requirements, checks }: Scenario, known: Known): string[] {
  const issues = known.issues.filter(({ scenarios }) => picomatch([...scenarios])(id));
  const judges = [...new Set([...checks, ...ALWAYS])];
  return [
    `scenario ${id}: ${title}`,
    ...section(
      'is about',
      requirements.map((one) => requirementLine(one, known)),
    ),
    ...section('is judged by', judges.map(checkLine)),
    ...section('reproduces', issues.map(issueLine)),
    ...section('convicts', known.defects.filter(convictedIn(id)).map(defectLine)),
    ...section('run it', [`${PROGRAM} run ${id}`]),
  ];
}

function ofStorm(): string[] {
  const judges = [...new Set([...STORM_CHECKS, ...ALWAYS])];
  return [
    `${STORM_GROUP}: ${STORM_TITLE}`,
    ...section('what it does', [
      'draws schedules of sessions, calls and faults from the seed, and carries them out',
      'first everything is broken as drawn; then all is healed, and every session must work again',
      'ends when its budget is over, or at the first violation with the schedule that showed it',
    ]),
    ...section('faults', [FAULT_KINDS.join(', ')]),
    ...section('strike an operation while it is', [PHASES.join(', ')]),
    ...section('operations', [OPERATION_KINDS.join(', ')]),
    ...section('is judged by', judges.map(checkLine)),
    ...section('run it', [
      `${PROGRAM} run storm --seed 1 --budget 60s`,
      `${PROGRAM} run storm/12 --seed 1`,
      `${PROGRAM} run storm --schedule FILE`,
      `${PROGRAM} shrink BUNDLE --budget 5m`,
    ]),
  ];
}

function ofProfile({ name, title, users, durationMs, lives }: LoadProfile): string[] {
  const each = lives === 1 ? 'a session' : `${lives} sessions, one after the other`;
  return [
    `load profile ${name}: ${title}`,
    ...section('sends', [
      `${users} users for ${durationText(durationMs)}, each with ${each}, while faults strike the upstream of half of them`,
    ]),
    ...section('run it', [`${PROGRAM} load --profile ${name}`]),
  ];
}

function ofCheck(check: Check, known: Known): string[] {
  const isAlways = ALWAYS.includes(check);
  const users = known.scenarios.filter(({ checks }) => checks.includes(check));
  return [
    `check ${check.id}: ${check.title}`,
    ...section(
      'judges',
      check.requirements.map((one) => requirementLine(one, known)),
    ),
    ...section('can find', check.anomalies === undefined ? [] : [check.anomalies.join(', ')]),
    ...section('in', isAlways ? ['every scenario'] : users.map(scenarioLine)),
    ...section(
      'is proven by',
      known.defects.filter((defect) => defect.check === check.id).map(defectLine),
    ),
  ];
}

function ofRequirement(id: string, known: Known): string[] {
  const requirement = known.requirements[id];
  const cites = (one: { readonly requirements: readonly string[] }): boolean =>
    one.requirements.includes(id);
  return [
    `requirement ${id} (${requirement?.level ?? ''}): ${requirement?.text ?? ''}`,
    ...section('comes from', [requirement?.source ?? '']),
    ...section('is judged by', known.checks.filter(cites).map(checkLine)),
    ...section('is the subject of', known.scenarios.filter(cites).map(scenarioLine)),
  ];
}

function ofDefect({ name, title, check, scenarios }: Defect): string[] {
  return [
    `defect ${name}: ${title}`,
    ...section('must be convicted by', [check]),
    ...section('in', scenarios),
    ...section('see it', [`${PROGRAM} selftest ${name}`]),
  ];
}

function ofIssue({ id, title, url, scenarios }: Issue, known: Known): string[] {
  const matches = picomatch([...scenarios]);
  const reproducers = known.scenarios.filter((scenario) => matches(scenario.id));
  return [
    `issue ${id}: ${title}`,
    ...section('stands at', [url]),
    ...section('is reproduced by', reproducers.map(scenarioLine)),
    ...section('replay it', [`${PROGRAM} replay ${id.slice(id.indexOf('#') + 1)}`]),
  ];
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${heading}:`, ...lines.map((line) => `  ${line}`)];
}

function convictedIn(scenario: string): (defect: Defect) => boolean {
  return ({ scenarios }) => scenarios.includes(scenario);
}

function requirementLine(id: string, { requirements }: Known): string {
  const requirement = requirements[id];
  return requirement === undefined ? id : `${id} (${requirement.level}): ${requirement.text}`;
}

function checkLine({ id, title }: Check): string {
  return `${id}: ${title}`;
}

function scenarioLine({ id, title }: Scenario): string {
  return `${id}: ${title}`;
}

function issueLine({ id, title }: Issue): string {
  return `${id}: ${title}`;
}

function defectLine({ name, title, check }: Defect): string {
  return `${name}: ${title} (by ${check})`;
}
