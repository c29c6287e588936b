/** Habits that no linter knows: how long a file may be, and what no file may say. */

import type { SourceFile } from './source-files.ts';

const LINES_MAX = 370;
const MEDIAN_LINES_MAX = 125;
/** The simulation stays so small that one can see that it is right. */
const SIMULATION = /^harness\/simulation\/[^/]+(?<!\.test)\.ts$/;
const SIMULATION_LINES_MAX = 400;

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly where: RegExp;
}

const CODE = /\.(?:ts|js)$/;
const ANYWHERE = /(?:)/;
/** This file and its test have to say what they forbid. */
const EXEMPT = /^test\/tidy(?:\.test)?\.ts$/;

const BANS: readonly Ban[] = [
  {
    what: 'composes abort signals, which was seen to lose aborts',
    pattern: /\bAbortSignal\.(?:any|timeout)\(/,
    where: CODE,
  },
  {
    what: 'keeps a test from running',
    pattern: /\b(?:it|test|describe)\.(?:only|skip|todo|fails)\b/,
    where: CODE,
  },
  {
    what: 'leaves work for later',
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/,
    where: ANYWHERE,
  },
  {
    what: 'names a folder outside of the repository',
    pattern: /\.\.\/shared\b|\/work\//,
    where: ANYWHERE,
  },
  {
    what: 'names the host of a package registry, which is for the machine to configure',
    pattern:
      /\b(?:registry\.(?:npmjs|yarnpkg)\.|pypi\.(?:org|python)|files\.pythonhosted|proxy\.golang|sum\.golang|static\.crates|deb\.debian|repo1?\.maven)/,
    where: ANYWHERE,
  },
  {
    what: 'turns a rule off for a whole file',
    pattern:
      /^\s*\/[/*]\s*(?:@ts-nocheck|eslint-disable\s*(?:\*\/)?$|oxlint-disable\s*(?:\*\/)?$)/m,
    where: CODE,
  },
];

/** One sentence per violation. */
export function untidy(files: readonly SourceFile[]): readonly string[] {
  return [...files.filter(({ path }) => !EXEMPT.test(path)).flatMap(banned), ...tooLong(files)];
}

function banned({ path, text }: SourceFile): readonly string[] {
  return BANS.filter(({ pattern, where }) => where.test(path) && pattern.test(text)).map(
    ({ what }) => `${path} ${what}`,
  );
}

function tooLong(files: readonly SourceFile[]): readonly string[] {
  const sizes = files
    .filter(({ path }) => CODE.test(path))
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .toSorted((a, b) => a.lines - b.lines);
  const median = sizes[Math.floor(sizes.length / 2)]?.lines ?? 0;
  const simulation = sizes
    .filter(({ path }) => SIMULATION.test(path))
    .reduce((sum, { lines }) => sum + lines, 0);
  return [
    ...(simulation > SIMULATION_LINES_MAX
      ? [`the simulation has ${simulation} lines, more than ${SIMULATION_LINES_MAX}`]
      : []),
    ...sizes
      .filter(({ lines }) => lines > LINES_MAX)
      .map(({ path, lines }) => `${path} has ${lines} lines, more than ${LINES_MAX}`),
    ...(median > MEDIAN_LINES_MAX
      ? [`the median file has ${median} lines, more than ${MEDIAN_LINES_MAX}`]
      : []),
  ];
}
