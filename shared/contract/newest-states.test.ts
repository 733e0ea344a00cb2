import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageEvent, messageIn, type RoomEvent } from './events.ts';
import { newestStates } from './newest-states.ts';

function message(seq: number, version: number): MessageEvent {
  const text = `${seq} ${version}`;
  return { type: 'message', at: seq, seq, version, id: `${seq}`, sender: 's', senderName: 'S', text };
}

function stateOf({
  seq,
  version,
  kind,
}: {
  seq: number;
  version: number;
  kind: RoomEvent['type'];
}): RoomEvent {
  const state = message(seq, version);
  const at = seq + version;
  if (kind === 'edited' || kind === 'deleted' || kind === 'reaction')
    return { type: kind, at, message: state };
  return state;
}

const states = fc.array(
  fc
    .record({
      seq: fc.integer({ min: 1, max: 3 }),
      version: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom<RoomEvent['type'][]>('message', 'edited', 'deleted', 'reaction'),
    })
    .map(stateOf),
  { minLength: 1, maxLength: 12 },
);

/** Of each message, by seq: its newest version, and whether anything told of it as a new one. */
function known(events: readonly RoomEvent[]) {
  const found = new Map<number, { version: number; isNew: boolean }>();
  for (const event of events) {
    const { seq = 0, version = 0 } = messageIn(event) ?? {};
    const before = found.get(seq);
    found.set(seq, {
      version: Math.max(version, before?.version ?? 0),
      isNew: event.type === 'message' || (before?.isNew ?? false),
    });
  }
  return new Map([...found].toSorted(([a], [b]) => a - b));
}

describe('the newest states', () => {
  it('are what all the events end in, each message once and by seq, whatever their order and however often they come', () => {
    fc.assert(
      fc.property(states, (events) => {
        const newest = newestStates(events);
        const seqs = newest.map((event) => messageIn(event)?.seq);
        expect(seqs).toEqual([...known(events).keys()]);
        expect(known(newest)).toEqual(known(events));
      }),
    );
  });

  it('are the same whether the events came at once or in two', () => {
    fc.assert(
      fc.property(states, states, (some, more) => {
        expect(known(newestStates([...newestStates(some), ...more]))).toEqual(known([...some, ...more]));
      }),
    );
  });

  it('leave a lone event and everything that is no message as they came, copies aside', () => {
    const typing: RoomEvent = { type: 'typing', at: 1, userId: 'u', name: 'U' };
    const left: RoomEvent = { type: 'left', at: 2, userId: 'u' };
    expect(newestStates([typing])).toEqual([typing]);
    expect(newestStates([left, typing, message(1, 1), { ...left }])).toEqual([message(1, 1), left, typing]);
  });
});
