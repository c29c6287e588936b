/**
 * `$NAME` and `${NAME}` in a target's command, environment and endpoint, expanded by us: no shell
 * ever sees them. `$$` is a dollar. A word that is one list variable alone becomes its words.
 */

import { parseArgsStringToArgv } from 'string-argv';
import { UsageError } from '../errors.ts';

export interface Variables {
  readonly values: Readonly<Record<string, string>>;
  /** Variables that stand for any number of words. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

const REFERENCE = /\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g;
const WHOLE_WORD = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/;

/** @throws {UsageError} for a variable that is neither ours nor in the environment. */
export function expand(text: string, variables: Variables): string {
  return text.replace(REFERENCE, (_, dollar?: string, bare?: string, braced?: string) => {
    if (dollar !== undefined) return '$';
    const name = bare ?? braced ?? '';
    const value = variables.values[name] ?? variables.lists[name]?.join(' ') ?? process.env[name];
    if (value !== undefined) return value;
    const known = [...Object.keys(variables.values), ...Object.keys(variables.lists)].sort();
    throw new UsageError(
      `unknown variable $${name} in "${text}"; there are ${known.map((one) => `$${one}`).join(', ')}, and what the environment has`,
    );
  });
}

export function expandAll(
  texts: Readonly<Record<string, string>>,
  variables: Variables,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, expand(text, variables)]),
  );
}

/** Split at spaces outside of quotes, then expanded, so that a value with a space stays one word. */
export function expandCommand(command: string, variables: Variables): readonly string[] {
  return splitWords(command).flatMap((word) => {
    const whole = WHOLE_WORD.exec(word);
    const list = variables.lists[whole?.[1] ?? whole?.[2] ?? ''];
    return list ?? [expand(word, variables)];
  });
}

/** @throws {UsageError} when there is no word in it, or a quote has no end. */
export function splitWords(command: string): readonly string[] {
  const open = /['"]/.exec(command.replaceAll(/(['"]).*?\1/gs, ''))?.[0];
  if (open !== undefined) {
    throw new UsageError(`the command has an opening ${open} that is never closed: ${command}`);
  }
  const words = parseArgsStringToArgv(command);
  if (words.length === 0) throw new UsageError('the command is empty');
  return words;
}

/** "gateway-one" → "GATEWAY_ONE" */
export function variableName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}
