import type { Message } from '#client';

/**
 * Who has read up to which of these messages and no further: user ids, separated by spaces, by the message's seq.
 * One's own messages tell nothing of their writer's reading.
 */
export function readersBySeq(
  messages: readonly Message[],
  receipts: ReadonlyMap<string, number>,
  meId: string,
): ReadonlyMap<number, string> {
  const readers = new Map<number, string>();
  const first = messages[0]?.seq ?? Number.POSITIVE_INFINITY;
  for (const [userId, read] of receipts) {
    if (userId === meId || read < first) continue;
    const last = lastUpTo(messages, read);
    if (!last || last.sender === userId) continue;
    const others = readers.get(last.seq);
    readers.set(last.seq, others === undefined ? userId : `${others} ${userId}`);
  }
  return readers;
}

function lastUpTo(messages: readonly Message[], seq: number): Message | undefined {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((messages[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return messages[low - 1];
}
