import { describe, expect, it } from 'vitest';
import { Ledger } from './ledger.ts';

describe('the ledger', () => {
  it('reckons times and rate from what was sent, acknowledged and received', () => {
    const ledger = new Ledger(2, 2);
    ledger.sent(0, 1_000);
    ledger.sent(1, 1_100);
    ledger.acknowledged(0, 1_010);
    ledger.acknowledged(1, 1_130);
    ledger.received(0, [{ message: 0, seq: 1 }], 1_050);
    ledger.received(1, [{ message: 0, seq: 1 }], 1_060);
    const both = [{ message: 1, seq: 2 }];
    ledger.received(0, both, 1_200);
    ledger.received(1, both, 2_000);

    expect(ledger.result()).toMatchObject({
      deliveries: 4,
      deliveriesPerSecond: 4,
      frames: 4,
      messagesPerFrame: 1,
      lost: 0,
      duplicated: 0,
      outOfOrder: 0,
      unacknowledged: 0,
      sendToAck: { p50: 10, p99: 30 },
      ackToReceipt: { p50: 50, p99: 870 },
      sendToReceipt: { p50: 60, p99: 900 },
    });
  });

  it('counts what an acknowledged message did not reach', () => {
    const ledger = new Ledger(3, 2);
    ledger.sent(0, 0);
    ledger.sent(1, 0);
    ledger.acknowledged(0, 1);
    ledger.received(1, [{ message: 0, seq: 1 }], 2);
    expect(ledger.result()).toMatchObject({ lost: 2, unacknowledged: 1, deliveries: 1 });
  });

  it('counts copies and changes of order for each connection', () => {
    const ledger = new Ledger(2, 3);
    const [first, second, third] = [1, 2, 3].map((seq) => ({ message: seq - 1, seq }));
    if (!first || !second || !third) throw new Error('unreachable');
    ledger.received(0, [second, first, third], 1);
    ledger.received(1, [first, second, third], 1);
    ledger.received(1, [first], 2);
    expect(ledger.result()).toMatchObject({ deliveries: 6, duplicated: 1, outOfOrder: 1 });
  });
});
