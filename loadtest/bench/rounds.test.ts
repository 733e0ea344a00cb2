import { describe, expect, it } from 'vitest';
import { Ledger } from '../client/ledger.ts';
import { interleaved, perDelivery, Rounds, ratio, voidReason } from './rounds.ts';

/** A message that comes to each of these connections, of two. */
function resultOf(...connections: number[]) {
  const ledger = new Ledger(2, 1);
  for (const connection of connections) ledger.received(connection, [{ message: 0, seq: 1 }], 1);
  return { ...ledger.result(), problems: [] };
}

describe('a round', () => {
  it('counts where each message came once to each connection', () => {
    expect(voidReason(2, resultOf(0, 1))).toBeUndefined();
  });

  it('is void where one is lost', () => {
    expect(voidReason(2, resultOf(0))).toBe('1 of 2 deliveries came');
  });

  it('is void where one is doubled', () => {
    expect(voidReason(2, resultOf(0, 1, 1))).toBe('1 came twice');
    expect(voidReason(2, resultOf(0, 0))).toBe('1 of 2 deliveries came; 1 came twice');
  });

  it('is void where something else went wrong', () => {
    const problems = ['a connection ended: closed with 1001 (1 times)'];
    expect(voidReason(2, { ...resultOf(0, 1), problems })).toBe(problems[0]);
  });

  it('has its CPU time by the delivery, in microseconds', () => {
    expect(perDelivery({ server: 8, engine: undefined, client: 4 }, 1_000)).toEqual({
      serverUs: 8,
      engineUs: undefined,
      clientUs: 4,
    });
  });
});

describe('rounds', () => {
  const rounds = (...all: { value: number; void?: string }[]) => {
    const kept = new Rounds<{ value: number; void: string | undefined }>();
    for (const round of all) kept.add({ void: undefined, ...round });
    return kept;
  };
  const value = (round: { value: number }) => round.value;

  it('make a row of their samples', () => {
    expect(rounds({ value: 3 }, { value: 1 }, { value: 2 }).row('a', [value, () => undefined])).toEqual({
      name: 'a',
      cells: [{ median: 2, low: 1, high: 3 }, null],
    });
  });

  it('make a void row, and no verdict, where one of them is void', () => {
    const some = rounds({ value: 3 }, { value: 1, void: '1 came twice' });
    expect(some.row('a', [value]).void).toBe('1 came twice');
    expect(some.median(value)).toBeUndefined();
    expect(ratio(some.median(value), 2)).toBeUndefined();
  });

  it('alternate', async () => {
    const order: string[] = [];
    await interleaved(2, ['a', 'b'], async (entry, round) => {
      order.push(`${entry}${round}`);
    });
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2']);
  });
});
