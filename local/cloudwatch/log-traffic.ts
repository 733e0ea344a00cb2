import type { Observe } from './observe.ts';

/** What CloudWatch Logs counts and bills beside a line's own bytes ("Amazon CloudWatch pricing"). */
const overheadBytes = 26;

/** AWS/Logs: what comes into log groups. Gathered and reported now and then, so that a line costs next to nothing. */
export class LogTraffic {
  readonly #groups = new Map<string, { bytes: number; lines: number }>();

  add(group: string, line: string): void {
    let traffic = this.#groups.get(group);
    if (!traffic) {
      traffic = { bytes: 0, lines: 0 };
      this.#groups.set(group, traffic);
    }
    traffic.bytes += Buffer.byteLength(line) + overheadBytes;
    traffic.lines += 1;
  }

  /** Reports what came since the last time. */
  report(observe: Observe): void {
    for (const [LogGroupName, { bytes, lines }] of this.#groups) {
      observe('AWS/Logs', 'IncomingBytes', { LogGroupName }, bytes);
      observe('AWS/Logs', 'IncomingLogEvents', { LogGroupName }, lines);
    }
    this.#groups.clear();
  }
}
