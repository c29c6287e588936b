/** `mcp-gauntlet list`: everything that has a name. */

import type { Command } from 'commander';
import { groupOf } from '../report/all-results.ts';
import { knownTargets } from '../target/find-target.ts';
import { loadDefects, type Defect } from '../run/defect.ts';
import { STORM_GROUP, STORM_TITLE } from '../storm/storm-scenario.ts';
import { loadCatalogue, type Catalogue } from './catalogue.ts';
import type { Terminal } from './terminal.ts';

interface Known extends Catalogue {
  readonly defects: readonly Defect[];
  readonly targets: readonly string[];
}

export function addListCommand(program: Command, terminal: Terminal): void {
  program
    .command('list')
    .summary('list scenarios, checks, issues and targets')
    .option('--json', 'print JSON')
    .action(async (options: { readonly json?: boolean }) => {
      const known: Known = {
        ...(await loadCatalogue()),
        defects: await loadDefects(),
        targets: await knownTargets(),
      };
      terminal.write(
        options.json === true
          ? `${JSON.stringify(asData(known), undefined, 2)}\n`
          : `${asText(known, terminal).join('\n')}\n`,
      );
    });
}

function asData({ scenarios, checks, requirements, issues, defects, targets }: Known): unknown {
  return {
    scenarios: scenarios.map((scenario) => ({
      id: scenario.id,
      title: scenario.title,
      requirements: scenario.requirements,
      checks: scenario.checks.map(({ id }) => id),
    })),
    generated: [{ id: STORM_GROUP, title: STORM_TITLE }],
    checks: checks.map(({ id, title, requirements: cited }) => ({
      id,
      title,
      requirements: cited,
    })),
    requirements: Object.entries(requirements).map(([id, rest]) => ({ id, ...rest })),
    issues,
    defects,
    targets,
  };
}

function asText(
  { scenarios, checks, issues, defects, targets }: Known,
  { colours }: Terminal,
): readonly string[] {
  const width = Math.max(...[...scenarios, ...checks, ...issues].map(({ id }) => id.length)) + 2;
  const row = (id: string, title: string): string => `  ${id.padEnd(width)}${colours.dim(title)}`;
  const heading = (text: string): readonly string[] => ['', colours.bold(text)];
  const groups = [...Map.groupBy(scenarios, ({ id }) => groupOf(id))];
  return [
    colours.bold(`${scenarios.length} scenarios`),
    ...groups.flatMap(([, of]) => of.map(({ id, title }) => row(id, title))),
    ...heading('generated, for "run"'),
    row(STORM_GROUP, STORM_TITLE),
    ...heading(`${checks.length} checks`),
    ...checks.map(({ id, title }) => row(id, title)),
    ...heading(`${issues.length} issues of real gateways, for "replay"`),
    ...issues.map(({ id, title }) => row(id, title)),
    ...heading(`${defects.length} defects, for "selftest"`),
    ...defects.map(({ name, title }) => row(name, title)),
    ...heading(`${targets.length} targets, for "--target"`),
    ...targets.map((name) => `  ${name}`),
  ];
}
