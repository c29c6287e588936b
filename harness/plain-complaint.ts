/**
 * What a schema says of a file that a person wrote, in that person's words. For `safeParse`'s `error`;
 * what it has no words for is left to the schema.
 */

import type { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  object: 'a map of fields',
  record: 'a map of fields',
  array: 'a list',
  string: 'a text; quote it if it looks like a number',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

export const plainComplaint: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'it is missing';
      return `it must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      if (issue.input === undefined) return 'it is missing';
      return `it must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `there is no such field; there are ${fieldsOf(issue.inst).join(', ')}`;
    default:
      return undefined;
  }
};

function fieldsOf(schema: unknown): readonly string[] {
  return Object.keys((schema as z.ZodObject).shape);
}
