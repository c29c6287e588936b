/** Who is still alive in a process group, zombies not counted. */

import { readdirSync, readFileSync } from 'node:fs';
import { signalGroup } from './group-registry.ts';

export function groupIsAlive(pgid: number): boolean {
  if (!signalGroup(pgid, 0)) return false;
  // In a container without an init nobody reaps orphans, and a zombie still answers signal 0.
  return livingMembers(pgid)?.length !== 0;
}

/** Their process ids; undefined where there is no /proc. */
export function livingMembers(pgid: number): readonly number[] | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  return names.filter((name) => isLivingMember(name, pgid)).map(Number);
}

function isLivingMember(pid: string, pgid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in parentheses and may hold anything, so count from the last one.
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(group) === pgid && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
