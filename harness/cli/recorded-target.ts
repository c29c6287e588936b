/** The target that a bundle was recorded against, as far as its command line says without secrets. */

import { UsageError } from '../errors.ts';
import type { Bundle } from '../run/bundle.ts';
import { knownTargets } from '../target/find-target.ts';
import { isTargetGiven, targetOptionsIn, type TargetOptions } from './target-options.ts';

/** @throws {UsageError} if nothing but the command line at hand can say what to start. */
export async function recordedTarget({ provenance }: Bundle): Promise<TargetOptions> {
  const options = targetOptionsIn(provenance.command);
  const isRedacted = JSON.stringify(options).includes('[redacted]');
  if (isTargetGiven(options) && !isRedacted) return options;
  const { name } = provenance.target;
  if (!isRedacted && (await knownTargets()).includes(name)) return { target: name };
  throw new UsageError(
    `the bundle was recorded against ${name}, and what started it is not in the bundle: say --target, or --command and --endpoint`,
  );
}
