/**
 * A schedule as a file: JSON with a schema version of its own, `schedule.json` in a bundle, so that it
 * can be taken out of there, changed by hand and run again. What points at nothing is refused and not
 * bent: who changed it wants to know.
 */

import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { FAULT_KINDS, OPERATION_KINDS, PHASES, type Schedule } from './schedule.ts';
import { executes, phasesOf, SCHEDULE_BOUNDS } from './schedule-bounds.ts';

export const SCHEDULE_SCHEMA = 1;

const upTo = (max: number): z.ZodInt => z.int().min(0).max(max);

const scheduleSchema = z.strictObject({
  schema: z.literal(SCHEDULE_SCHEMA),
  sessions: z
    .array(z.strictObject({ user: upTo(SCHEDULE_BOUNDS.users - 1) }))
    .min(1)
    .max(SCHEDULE_BOUNDS.sessions),
  upstreams: z.int().min(1).max(SCHEDULE_BOUNDS.upstreams),
  operations: z
    .array(
      z.strictObject({
        session: z.int().min(0),
        upstream: z.int().min(0),
        kind: z.enum(OPERATION_KINDS),
        gapMs: upTo(SCHEDULE_BOUNDS.gapMs),
        executionMs: upTo(SCHEDULE_BOUNDS.executionMaxMs),
      }),
    )
    .max(SCHEDULE_BOUNDS.operations),
  faults: z
    .array(
      z.strictObject({
        kind: z.enum(FAULT_KINDS),
        upstream: z.int().min(0),
        operation: z.int().min(0),
        phase: z.enum(PHASES),
        durationMs: z.int().min(SCHEDULE_BOUNDS.faultMinMs).max(SCHEDULE_BOUNDS.faultMaxMs),
        severity: upTo(SCHEDULE_BOUNDS.severity),
      }),
    )
    .max(SCHEDULE_BOUNDS.faults),
});

/** What `readSchedule` reads. */
export function scheduleText(schedule: Schedule): string {
  return `${JSON.stringify({ schema: SCHEDULE_SCHEMA, ...schedule }, null, 2)}\n`;
}

/** @throws {UsageError} with what is wrong with the file, in one sentence. */
export async function readSchedule(file: string): Promise<Schedule> {
  return parseSchedule(await textOf(file), file);
}

async function textOf(file: string): Promise<string> {
  try {
    // A FIFO would be waited for, and a device may have no end.
    if ((await stat(file)).isFile()) return await readFile(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new UsageError(`the schedule ${file} cannot be read: ${reason}`, { cause });
  }
  throw new UsageError(`the schedule ${file} cannot be read: it is not a regular file`);
}

/** @param name what the sentence calls it. @throws {UsageError} like `readSchedule`. */
export function parseSchedule(text: string, name: string): Schedule {
  const refuse = (why: string, options?: ErrorOptions): UsageError =>
    new UsageError(`the schedule ${name} cannot be used: ${why}`, options);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse('it is no JSON, so it was damaged or only half written', { cause });
  }
  const version = (value as { schema?: unknown } | null)?.schema;
  if (version === undefined) {
    throw refuse(`it is no schedule: a schedule says "schema": ${SCHEDULE_SCHEMA}`);
  }
  if (version !== SCHEDULE_SCHEMA) {
    throw refuse(
      `its schema is ${JSON.stringify(version)}, and this version reads schema ${SCHEDULE_SCHEMA}: use the version that wrote it`,
    );
  }
  const result = scheduleSchema.safeParse(value);
  if (!result.success) throw refuse(z.prettifyError(result.error).replaceAll(/\s+/g, ' '));
  const { schema: _schema, ...schedule } = result.data;
  const why = pointsAtNothing(schedule) ?? cannotBe(schedule);
  if (why !== undefined) throw refuse(why);
  return schedule;
}

/** The first index that names something that is not there. */
function pointsAtNothing({
  sessions,
  upstreams,
  operations,
  faults,
}: Schedule): string | undefined {
  const missing = (who: string, what: string, index: number, count: number): readonly string[] =>
    index < count ? [] : [`${who} names ${what} ${index}, and there are ${count}, counted from 0`];
  return [
    ...operations.flatMap(({ session, upstream }, index) => [
      ...missing(`operation ${index}`, 'session', session, sessions.length),
      ...missing(`operation ${index}`, 'upstream', upstream, upstreams),
    ]),
    ...faults.flatMap(({ operation, upstream }, index) => [
      ...missing(`fault ${index}`, 'operation', operation, operations.length),
      ...missing(`fault ${index}`, 'upstream', upstream, upstreams),
    ]),
  ][0];
}

/** The first operation or fault that contradicts itself. */
function cannotBe({ operations, faults }: Schedule): string | undefined {
  const { executionMinMs } = SCHEDULE_BOUNDS;
  const lengths = operations.flatMap(({ kind, executionMs }, index) => {
    const says = `operation ${index} is a "${kind}" that executes for ${executionMs} ms`;
    if (!executes(kind) && executionMs !== 0) return [`${says}, and that kind takes no time`];
    if (!executes(kind) || executionMs >= executionMinMs) return [];
    return [`${says}, and no fault could meet it in less than ${executionMinMs} ms`];
  });
  const phases = faults.flatMap(({ operation, phase }, index) => {
    const kind = operations[operation]?.kind ?? 'get';
    const known = phasesOf(kind);
    if (known.includes(phase)) return [];
    return [
      `fault ${index} meets operation ${operation} in the phase "${phase}", and a "${kind}" has only ${known.join(', ')}`,
    ];
  });
  return [...lengths, ...phases][0];
}
