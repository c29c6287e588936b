/**
 * Prints "PASSED FAILED" from Vitest's JSON report. A file that could not even be loaded has no tests and counts as one
 * that failed, and so does a run that ended badly for a reason that no test shows.
 */

import { readFileSync } from 'node:fs';

const [file, exitCode] = process.argv.slice(2);
const report = JSON.parse(readFileSync(file, 'utf8'));
const unloadable = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
).length;
const failed = report.numFailedTests + unloadable;
process.stdout.write(`${report.numPassedTests} ${failed === 0 && exitCode !== '0' ? 1 : failed}\n`);
