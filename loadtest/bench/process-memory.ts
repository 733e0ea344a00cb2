import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that it started, itself first, with their resident memory in bytes. Linux only: it reads /proc. */
export function memoryOfTree(root: number): { name: string; bytes: number }[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStatus(name) : []));
  const tree = all.filter(({ pid }) => pid === root);
  // Grows as it is walked.
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree.map(({ name, bytes }) => ({ name, bytes }));
}

function readStatus(pid: string): { pid: number; parent: number; name: string; bytes: number }[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(\\S*)`, 'm').exec(status)?.[1] ?? '';
    const name = field('Name');
    return [{ pid: Number(pid), parent: Number(field('PPid')), name, bytes: Number(field('VmRSS')) * 1024 }];
  } catch {
    // It ended between the listing and this.
    return [];
  }
}
