/**
 * PEM text of an operator: written out, or "file:PATH" in the configuration, which is read once when
 * the configuration is. What comes over the admin API never makes the gateway read a file.
 */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const FIELDS = ['caCertificate', 'clientCertificate', 'clientKey'];
const PREFIX = 'file:';

/** The text, out of its file if it names one. Relative paths begin where the gateway was started. */
function textOf(value: string): string {
  return value.startsWith(PREFIX) ? readFileSync(value.slice(PREFIX.length), 'utf8') : value;
}

/** For `z.preprocess`: an upstream with the PEM text of its files. */
export function withFilesRead(input: unknown, context: z.RefinementCtx): unknown {
  if (typeof input !== 'object' || input === null) return input;
  const definition: Record<string, unknown> = { ...input };
  for (const field of FIELDS) {
    const value = definition[field];
    if (typeof value !== 'string') continue;
    try {
      definition[field] = textOf(value);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      context.addIssue({ code: 'custom', path: [field], message: `cannot be read (${code})` });
    }
  }
  return definition;
}

/** For `transform`: a public key. */
export function publicKeyOf(value: string, context: z.RefinementCtx): KeyObject {
  try {
    return createPublicKey(textOf(value));
  } catch {
    context.addIssue({ code: 'custom', message: 'not a public key in PEM, nor the file of one' });
    return z.NEVER;
  }
}
