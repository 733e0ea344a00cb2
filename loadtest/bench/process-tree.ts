import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time in hundredths of a second here ("proc_pid_stat(5)"; USER_HZ is 100 on Linux). */
const tickMs = 10;

/**
 * Milliseconds of CPU time that the processes have used which `root` started, and those which these started, itself not
 * among them; ended ones are forgotten. Linux only: it reads /proc.
 */
export function cpuOfDescendants(root: number): number {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
  const tree = all.filter(({ parent }) => parent === root);
  // Grows as it is walked.
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

function readStat(pid: string): { pid: number; parent: number; milliseconds: number }[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name, in parentheses, and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [parent, user, system] = [1, 11, 12].map((index) => Number(fields[index]));
    return [{ pid: Number(pid), parent: parent ?? 0, milliseconds: ((user ?? 0) + (system ?? 0)) * tickMs }];
  } catch {
    // It ended between the listing and this.
    return [];
  }
}
