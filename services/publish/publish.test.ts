import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Message, toEvent } from '#shared/storage/messages.ts';
import { testBus } from '#test/support/event-bus.ts';
import { busEventsOf } from './bus-events.ts';
import { publish } from './publish.ts';

const bus = testBus();

afterEach(() => {
  bus().bridge.faults = {};
  bus().received.length = 0;
});

const messages = (count: number): Message[] =>
  Array.from({ length: count }, (_, index) => ({
    roomId: 'general',
    seq: index + 1,
    version: 1,
    id: `id-${index + 1}`,
    sender: 'alice-sub',
    senderName: 'Alice',
    text: `text ${index + 1}`,
    sentAt: Date.UTC(2026, 10, 20, 12, 0, 0, 123) + index,
    shards: 4,
  }));

/** Refuses the messages of these ids as often as it is said; counts the calls by their ids. */
function refuse(ids: string[], times: number, code = 'InternalFailure') {
  const calls: string[][] = [];
  const refused = new Map<string, number>();
  bus().bridge.faults = {
    call: (entries) => {
      calls.push(entries.map(({ Detail }) => JSON.parse(Detail ?? '').id));
      return undefined;
    },
    entry: ({ Detail }) => {
      const { id } = JSON.parse(Detail ?? '');
      const before = refused.get(id) ?? 0;
      if (!ids.includes(id) || before >= times) return undefined;
      refused.set(id, before + 1);
      return { ErrorCode: code, ErrorMessage: 'why' };
    },
  };
  return calls;
}

const publishAll = (some: Message[]) =>
  publish(
    some.flatMap((message) =>
      busEventsOf([{ room: message.roomId, shards: message.shards, event: toEvent(message) }]),
    ),
    bus().client,
    bus().name,
  );
const receivedIds = () => bus().received.map((event) => (event as { detail: { id: string } }).detail.id);

describe('publishing', () => {
  it('puts one event a message on the bus, with everything but what the fan-out needs', async () => {
    expect(await publishAll(messages(1))).toEqual(new Map());
    await vi.waitFor(() => expect(bus().received).toHaveLength(1));
    expect(bus().received).toEqual([
      expect.objectContaining({
        source: 'fanfare',
        'detail-type': 'MessageSent',
        time: '2026-11-20T12:00:00Z',
        detail: {
          room: 'general',
          type: 'message',
          at: Date.UTC(2026, 10, 20, 12, 0, 0, 123),
          seq: 1,
          version: 1,
          id: 'id-1',
          sender: 'alice-sub',
          senderName: 'Alice',
          text: 'text 1',
        },
      }),
    ]);
  });

  it('makes calls of ten', async () => {
    const calls = refuse([], 0);
    expect(await publishAll(messages(23))).toEqual(new Map());
    expect(calls.map((ids) => ids.length).toSorted((a, b) => a - b)).toEqual([3, 10, 10]);
    await vi.waitFor(() => expect(new Set(receivedIds()).size).toBe(23));
  });

  it('tries refused entries again, alone', async () => {
    const calls = refuse(['id-3', 'id-7'], 1);
    expect(await publishAll(messages(10))).toEqual(new Map());
    expect(calls.slice(1)).toEqual([['id-3', 'id-7']]);
    await vi.waitFor(() => expect(receivedIds().toSorted()).toHaveLength(10));
    expect(new Set(receivedIds()).size).toBe(10);
  });

  it('tells which messages were refused every time, and why', async () => {
    const some = messages(12);
    const calls = refuse(['id-2', 'id-12'], Number.POSITIVE_INFINITY, 'ThrottlingException');
    const failures = await publishAll(some);
    expect([...failures.keys()].map(({ detail }) => detail.id).toSorted()).toEqual(['id-12', 'id-2']);
    expect([...failures.values()].map(({ message }) => message)).toEqual(
      new Array(2).fill('ThrottlingException: why'),
    );
    expect(calls.filter((ids) => ids.includes('id-2'))).toHaveLength(3);
    await vi.waitFor(() => expect(bus().received).toHaveLength(10));
  });

  it('has nothing to do for nothing', async () => {
    const calls = refuse([], 0);
    expect(await publishAll([])).toEqual(new Map());
    expect(calls).toEqual([]);
  });
});
