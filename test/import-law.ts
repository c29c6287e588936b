/**
 * Who may import whom. The suite sees a gateway as a stranger's process only as long as no module of the one is a
 * module of the other, so the law is checked on every file and not left to reviews.
 */

import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import type { SourceFile } from './source-files.ts';

interface Area {
  readonly folder: string;
  /** Folders that its files may import. */
  readonly imports: readonly string[];
}

/** The first that fits a file is its area. */
const AREAS: readonly Area[] = [
  // A defect is the reference gateway with one part replaced.
  { folder: 'fixtures/defects', imports: ['fixtures/defects', 'gateway'] },
  { folder: 'fixtures', imports: ['fixtures'] },
  { folder: 'gateway', imports: ['gateway'] },
  // The command line composes, so it knows what there is to run; the gateway stays a stranger to it, too.
  { folder: 'harness/cli', imports: ['harness', 'scenarios', 'load'] },
  { folder: 'harness', imports: ['harness'] },
  { folder: 'scenarios', imports: ['scenarios', 'harness'] },
  { folder: 'load', imports: ['load', 'harness'] },
  { folder: 'bin', imports: ['bin'] },
  { folder: 'test', imports: ['test', 'harness', 'scenarios', 'load', 'fixtures', 'gateway'] },
];

/** Where `import()` may be given something other than a string: who looks for modules that nobody listed. */
const FINDS_MODULES =
  /^(?:harness\/cli\/|harness\/target\/load-target-module\.ts$|scenarios\/index\.ts$)/;
/** It holds planted violations as strings. */
const EXEMPT = 'test/import-law.test.ts';

interface Import {
  readonly kind: 'static' | 'dynamic' | 'computed';
  readonly specifier: string;
}

const STATIC =
  /^[ \t]*(?:import|export)\s+(?:type\s+)?(?:[\w$*\s{},]+?\s+from\s+)?['"]([^'"\n]+)['"]/gm;
const DYNAMIC = /(?<![.\w$])import\s*\(\s*(?:['"]([^'"\n]+)['"]\s*[,)])?/g;

export function importsOf(text: string): readonly Import[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  return [
    ...[...code.matchAll(STATIC)].map(([, specifier = '']): Import => ({
      kind: 'static',
      specifier,
    })),
    ...[...code.matchAll(DYNAMIC)].map(([, specifier]): Import =>
      specifier === undefined
        ? { kind: 'computed', specifier: '' }
        : { kind: 'dynamic', specifier },
    ),
  ];
}

/** One sentence per violation. `dependencies`: the packages that an installed mcp-gauntlet has. */
export function lawViolations(
  files: readonly SourceFile[],
  dependencies: readonly string[],
): readonly string[] {
  return files
    .filter(({ path }) => /\.(?:ts|js)$/.test(path) && path !== EXEMPT)
    .flatMap((file) =>
      importsOf(file.text)
        .map((found) => violation(file.path, found, dependencies))
        .filter((sentence) => sentence !== undefined),
    );
}

function violation(
  path: string,
  { kind, specifier }: Import,
  dependencies: readonly string[],
): string | undefined {
  const area = AREAS.find(({ folder }) => path.startsWith(`${folder}/`));
  if (area === undefined) return undefined;
  if (kind === 'computed') {
    if (FINDS_MODULES.test(path) || isTest(path)) return undefined;
    return `${path} imports something that it computes`;
  }
  if (!specifier.startsWith('.')) return packageViolation(path, specifier, dependencies);
  const target = posix.join(posix.dirname(path), specifier);
  return area.imports.some((folder) => target.startsWith(`${folder}/`))
    ? undefined
    : `${path} imports ${target}`;
}

/** What runs in an installed package must be a dependency; tests and k6's own scripts are free. */
function packageViolation(
  path: string,
  specifier: string,
  dependencies: readonly string[],
): string | undefined {
  if (isTest(path) || path.startsWith('load/k6/')) return undefined;
  if (specifier.startsWith('node:')) return undefined;
  if (builtinModules.includes(specifier)) return `${path} imports ${specifier} without "node:"`;
  const [scope = '', name] = specifier.split('/');
  const wanted = scope.startsWith('@') ? `${scope}/${name}` : scope;
  if (dependencies.includes(wanted)) return undefined;
  return `${path} imports ${wanted}, which is no dependency of the package`;
}

function isTest(path: string): boolean {
  return path.startsWith('test/') || /(?:\.test|-for-test)\.ts$/.test(path);
}
