/** `mcp-gauntlet recheck`: judges a recorded run with today's checks, without a network. */

import type { Command } from 'commander';
import { REQUIREMENTS } from '../../scenarios/requirements.ts';
import { cited } from '../report/cited.ts';
import { durationText } from '../report/duration-text.ts';
import { redactorOf } from '../report/redact.ts';
import { violationLines } from '../report/violation-lines.ts';
import { recheck } from '../run/recheck.ts';
import type { ScenarioResult } from '../run/result.ts';
import type { Terminal } from './terminal.ts';

export function addRecheckCommand(program: Command, terminal: Terminal): void {
  program
    .command('recheck')
    .summary('judge a bundle again, without a network')
    .description(
      "Judges a recorded run with today's checks. The exit code is that of the new verdict.",
    )
    .argument('<bundle>', 'the folder of a bundle')
    .action(async (folder: string) => {
      terminal.exitCode = await recheckBundle(folder, terminal);
    });
}

async function recheckBundle(folder: string, terminal: Terminal): Promise<number> {
  const { bundle, now, isChanged } = await recheck(folder);
  const { provenance, recorded, judged } = bundle;
  const { suite, target, seed, startedAt } = provenance;
  const redactor = redactorOf([]);
  const say = (line: string): void => terminal.write(`${redactor.text(line)}\n`);
  say(`${recorded.scenario} against ${target.name} ${target.version}, seed ${seed}`);
  say(`recorded ${startedAt} by mcp-gauntlet ${suite.version}: ${judged.verdict}`);
  say(`judged again: ${now.verdict}${isChanged ? ', not what was recorded' : ', the same'}`);
  if (now.reason !== undefined) say(`      ${now.reason}`);
  const result: ScenarioResult = {
    ...now,
    id: recorded.scenario,
    title: provenance.title,
    durationMs: provenance.durationMs,
    requirements: provenance.requirements,
    repeat: provenance.repeat,
    bundle: folder,
  };
  const told = cited(result, REQUIREMENTS);
  if (now.verdict === 'fail' || now.verdict === 'inconclusive') {
    for (const line of violationLines(provenance, told, terminal.colours)) say(line);
  }
  say(`the run took ${durationText(provenance.durationMs)}; exit code ${now.exitCode}`);
  return now.exitCode;
}
