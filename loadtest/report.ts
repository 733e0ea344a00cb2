import type { Percentiles, Result } from './client/ledger.ts';

/** What else happened while a ledger was kept. */
export interface Incidents {
  /** Frames that were sent again, since they were not answered or answered `unavailable`. */
  resent: number;
  /** What went wrong for good, by how often. */
  problems: ReadonlyMap<string, number>;
}

/** The result as a table for people. */
export function table(result: Result, { resent, problems }: Incidents): string {
  const rows: [string, string][] = [
    ['connections', whole(result.connections)],
    ['messages', whole(result.messages)],
    ['sent again', whole(resent)],
    ['not acknowledged', whole(result.unacknowledged)],
    ['deliveries', whole(result.deliveries)],
    ['deliveries/s', whole(result.deliveriesPerSecond)],
    ['send to ack', times(result.sendToAck)],
    ['ack to receipt', times(result.ackToReceipt)],
    ['send to receipt', times(result.sendToReceipt)],
    ['frames', whole(result.frames)],
    ['messages per frame', result.messagesPerFrame.toFixed(2)],
    ['lost', whole(result.lost)],
    ['duplicated at the wire', whole(result.duplicated)],
    ['out of order at the wire', whole(result.outOfOrder)],
    ...[...problems].map(([what, count]): [string, string] => [what, whole(count)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function times({ p50, p99, max }: Percentiles): string {
  return `p50 ${whole(p50)} ms, p99 ${whole(p99)} ms, max ${whole(max)} ms`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
