/** The options that say which gateway is under test, the same for every command that has one. */

import { Command } from 'commander';
import { parseArgsStringToArgv } from 'string-argv';
import type { TargetChoice } from '../target/find-target.ts';
import { wholeNumber } from './whole-number.ts';

export interface TargetOptions {
  readonly target?: string;
  readonly command?: string;
  readonly endpoint?: string;
  readonly header?: readonly string[];
  readonly user?: readonly string[];
  readonly upstreamPort?: number;
}

export function addTargetOptions(command: Command): Command {
  const collect = (value: string, all: readonly string[] = []): readonly string[] => [
    ...all,
    value,
  ];
  return command
    .option('--target <name|file>', 'a gateway that we know, or a YAML file (default: reference)')
    .option('--command <cmd>', 'starts a gateway; $PORT and $UPSTREAM_URL are filled in')
    .option('--endpoint <url>', "where it answers, such as 'http://127.0.0.1:$PORT/mcp'")
    .option('--header <header>', "sent with every request, 'Name: value'; repeatable", collect)
    .option('--user <name=header>', "a user and its credential, 'NAME=Name: value'", collect)
    .option(
      '--upstream-port <n>',
      'where a gateway that runs already expects its upstream',
      wholeNumber(1, 65_535),
    );
}

export function targetChoiceOf(options: TargetOptions): TargetChoice {
  const { target, command, endpoint, header, user, upstreamPort } = options;
  return {
    ...(target !== undefined && { target }),
    ...(command !== undefined && { command }),
    ...(endpoint !== undefined && { endpoint }),
    ...(header !== undefined && { headers: header }),
    ...(user !== undefined && { users: user }),
    ...(upstreamPort !== undefined && { upstreamPort }),
  };
}

/** What a recorded command line said of its target. */
export function targetOptionsIn(commandLine: string): TargetOptions {
  const parser = addTargetOptions(new Command()).allowUnknownOption().exitOverride();
  parser.parseOptions(parseArgsStringToArgv(commandLine));
  return parser.opts<TargetOptions>();
}

/** Any of them: what says too little for a target is refused, and not passed over. */
export function isTargetGiven(options: TargetOptions): boolean {
  return Object.keys(targetChoiceOf(options)).length > 0;
}
