import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A child process that ends when this process does, however that happens. */
export interface TetheredProcess {
  pid: number;
  /** Settles when the process has ended, with what it last wrote to stderr. */
  ended: Promise<string>;
  /** SIGTERM, and SIGKILL half a second later: dynoxide needs two seconds to obey, and its file survives a kill. */
  stop(): Promise<void>;
}

/**
 * The program replaces the shell and keeps its pid; beside it waits a `cat` on a pipe that only this process holds
 * open. When this process dies, even by SIGKILL, the pipe ends and the program is killed.
 */
const tether = 'exec 3<&0; (cat <&3; kill -9 $$) >/dev/null 2>&1 & exec "$0" "$@" 3<&- </dev/null';

/** Starts `command`. In a process group of its own, so that a Ctrl-C leaves the order of stopping to us. */
export function startTethered(command: string, args: string[], cwd?: string): TetheredProcess {
  const child = spawn('/bin/sh', ['-c', tether, command, ...args], {
    cwd,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2_000);
  });
  const ended = once(child, 'exit').then(() => {
    child.stdin.destroy();
    return stderr.trim();
  });
  return {
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), 500);
      await ended;
      clearTimeout(impatience);
    },
  };
}
