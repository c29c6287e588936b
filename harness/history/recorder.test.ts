import { expect, test } from 'vitest';
import type { HistoryEvent } from './event.ts';
import { Recorder } from './recorder.ts';

test('numbers events without gaps and stamps them in order', () => {
  const recorder = new Recorder();
  for (let i = 0; i < 100; i++) recorder.fact('cancel-span', { cancels: i, spanMs: 0 });
  const { events } = recorder;
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(events.map(({ atMs }) => atMs)).toEqual(
    events.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
  );
  expect(events[7]).toMatchObject({ kind: 'fact', name: 'cancel-span', value: { cancels: 7 } });
});

test('knows what it was given even if something loses it', () => {
  class Forgetful extends Recorder {
    protected override keep(event: HistoryEvent): void {
      if (event.seq !== 1) super.keep(event);
    }
  }
  const recorder = new Forgetful();
  recorder.nextOp();
  for (let i = 0; i < 3; i++) recorder.fact('cancel-span', { cancels: i, spanMs: 0 });
  expect(recorder.events.map(({ seq }) => seq)).toEqual([0, 2]);
  expect(recorder.issued).toEqual({ events: 3, ops: 1 });
});
