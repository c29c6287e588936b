/**
 * What a finding is about, without whom, when and how often it struck: closer than the signature of a
 * run, as one check may find several bugs. Two runs with the same symptom are taken to show the same
 * bug; a shorter schedule that shows another one shows another bug.
 */

import type { Finding } from '../checks/check.ts';
import { nameOf } from '../run/signature.ts';

export interface Symptom {
  /** As in a signature. */
  readonly name: string;
  /** The finding's sentence with every name, number and quotation left out. */
  readonly shape: string;
  /** What the sentence says of an answer: status and code, and how its text begins, without names and numbers. */
  readonly told: string;
}

export function symptomOf(finding: Finding): Symptom {
  const { message } = finding;
  return { name: nameOf(finding), shape: shapeOf(message), told: toldIn(message) };
}

export function hasSymptom(findings: readonly Finding[], symptom: Symptom): boolean {
  return findings
    .map(symptomOf)
    .some((other) => isAkin(other, symptom) && other.told === symptom.told);
}

/** Alike but for the words of whoever answered: no two gateways say the same. */
export function isAkin(one: Symptom, other: Symptom): boolean {
  return one.name === other.name && one.shape === other.shape;
}

/** Users, sessions, opIds, tools and upstreams: which ones a shrunk schedule meets is not the bug. */
const NAMES =
  /[^\s"]*\d[^\s"]*|\b(?:increment|slow_increment|get|progress|break|hang|first|second|alice|bob)\b/g;
/** From the first quotation mark to the last: an answer may have some of its own. */
const QUOTATION = /"(.*)"/s;
const CODES = /(?:HTTP|-error|exit code) -?\d+(?: -?\d+)?/g;
/** Two bugs differ in their first words; the last ones of a long text are cut off anywhere. */
const WORDS_MAX = 8;

function shapeOf(message: string): string {
  return anonymous(message.replace(QUOTATION, '#'));
}

function toldIn(message: string): string {
  const [, text = ''] = QUOTATION.exec(message) ?? [];
  const words = anonymous(text).split(' ').slice(0, WORDS_MAX);
  return [...(message.match(CODES) ?? []), ...words].join(' ');
}

function anonymous(text: string): string {
  // "a/1 and b/2" and "a/1" are one shape.
  return text
    .replaceAll(NAMES, '#')
    .replaceAll(/#(?:[\s,]|and)*(?=#)/g, '')
    .replaceAll(/\s+/g, ' ');
}
