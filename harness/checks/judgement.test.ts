import { expect, test } from 'vitest';
import { CHECKS } from './index.ts';
import { check } from './judgement.ts';
import { Story } from './story-for-test.ts';
import { recordedForTest } from '../run/recorded-for-test.ts';
import { judge } from '../run/judge.ts';

const ABOUT = { title: 'x', requirements: ['ISO-01'], judges: 'protocol' } as const;
const breach = { message: 'm', evidence: [] };

test('a check names what it lists, and the type checker refuses any other name', () => {
  const honest = check({
    ...ABOUT,
    id: 'honest',
    anomalies: ['LOST'],
    examine: () => ({ examined: 1, breaches: [breach, { ...breach, anomaly: 'LOST' }] }),
  });
  const nameless = check({
    ...ABOUT,
    id: 'nameless',
    // @ts-expect-error -- it lists none
    examine: () => ({ examined: 1, breaches: [{ ...breach, anomaly: 'LOST' as const }] }),
  });
  const other = check({
    ...ABOUT,
    id: 'other',
    anomalies: ['LOST'],
    // @ts-expect-error -- it lists another
    examine: () => ({ examined: 1, breaches: [{ ...breach, anomaly: 'ORDER' as const }] }),
  });
  const { findings } = judge(recordedForTest(new Story()), [honest, nameless, other]);
  expect(findings.map(({ anomaly }) => anomaly)).toEqual([undefined, 'LOST', 'LOST', 'ORDER']);
});

test('only the check that looks for it names the death of the target', () => {
  const those = CHECKS.filter(({ anomalies }) => anomalies?.includes('TARGET_DIED'));
  expect(those.map(({ id }) => id)).toEqual(['unexposed-succeed']);
});
