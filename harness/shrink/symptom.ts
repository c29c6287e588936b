/**
 * What a finding is about, without whom, when and how often it struck. Two runs with the same symptom
 * are taken to show the same bug; a shorter schedule that shows another one shows another bug.
 */

import type { Finding } from '../checks/check.ts';

export interface Symptom {
  readonly check: string;
  readonly anomaly?: string;
  /** The finding's sentence with every name, number and quotation left out. */
  readonly shape: string;
}

export function symptomOf({ check, anomaly, message }: Finding): Symptom {
  const about = { check, shape: shapeOf(message) };
  return anomaly === undefined ? about : { ...about, anomaly };
}

export function hasSymptom(findings: readonly Finding[], symptom: Symptom): boolean {
  return findings.some((finding) => {
    const { check, anomaly, shape } = symptomOf(finding);
    return check === symptom.check && anomaly === symptom.anomaly && shape === symptom.shape;
  });
}

/** Sessions, opIds, tools and upstreams: which ones a shrunk schedule meets is not the bug. */
const NAMES =
  /"[^"]*"|\S*\d\S*|\b(?:increment|slow_increment|get|progress|break|hang|first|second)\b/g;

function shapeOf(message: string): string {
  const anonymous = message.replaceAll(NAMES, '#');
  // "a/1 and b/2" and "a/1" are one shape.
  return anonymous.replaceAll(/#(?:[\s,]|and)*(?=#)/g, '').replaceAll(/\s+/g, ' ');
}
