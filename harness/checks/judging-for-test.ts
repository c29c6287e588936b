/** What tests expect of a check: its words, and evidence that really is there. */

import { expect } from 'vitest';
import type { Check, Evidence, Judgement } from './check.ts';
import { ledgerRef } from '../history/join.ts';

/** Nothing is found, and something was looked at. */
export function expectPass(check: Check, evidence: Evidence): Judgement {
  const judgement = check.judge(evidence);
  expect(judgement.findings.map(({ message }) => message)).toEqual([]);
  expect(judgement.inconclusive).toBeUndefined();
  expect(judgement.examined).toBeGreaterThan(0);
  return judgement;
}

/** Exactly these findings, in any order; each names the check and points at events or ledger lines that exist. */
export function expectFindings(check: Check, evidence: Evidence, ...said: readonly RegExp[]): void {
  const { findings } = check.judge(evidence);
  const messages = findings.map(({ message }) => message);
  expect(messages, messages.join('\n')).toHaveLength(said.length);
  for (const words of said) expect(messages.join('\n')).toMatch(words);
  const known = new Set([
    ...evidence.events.map(({ seq }) => `h${seq}`),
    ...evidence.ledger.map(ledgerRef),
  ]);
  for (const finding of findings) {
    expect(finding.check).toBe(check.id);
    expect(finding.requirement).toBe(check.requirements[0]);
    expect(finding.evidence).not.toHaveLength(0);
    for (const ref of finding.evidence) expect(known).toContain(ref);
  }
}

/** Nothing is found, and nothing is claimed either. */
export function expectInconclusive(check: Check, evidence: Evidence, why: RegExp): void {
  const { findings, inconclusive } = check.judge(evidence);
  expect(findings.map(({ message }) => message)).toEqual([]);
  expect(inconclusive).toMatch(why);
}
