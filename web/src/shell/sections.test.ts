import { describe, expect, it } from 'vitest';
import type { ListedRoom } from '../state/listed-room.ts';
import { matching } from './matching.ts';
import { callsForMe, inOrder, sectionsOf } from './sections.ts';
import { neighbour } from './use-shortcuts.ts';

const me = { id: 'me', name: 'Me' };

describe('the list of rooms', () => {
  const direct = { kind: 'direct', name: '' } as const;
  const rooms = [
    room('Room 10'),
    room('room 9'),
    room('Old', { archivedAt: 5 }),
    room('with Bo', { ...direct, people: [person('Bo')], createdAt: 1 }),
    room('with Al', { ...direct, people: [person('Al')], createdAt: 2 }),
  ];

  it('has rooms by name, conversations by their latest message, and what is archived apart', () => {
    const sections = sectionsOf(rooms, me);
    expect(sections.rooms.map(({ name }) => name)).toEqual(['room 9', 'Room 10']);
    expect(sections.directs.map((info) => info.room)).toEqual(['with Al', 'with Bo']);
    expect(sections.archived.map(({ name }) => name)).toEqual(['Old']);
    expect(inOrder(sections)).toHaveLength(4);
  });

  it.each([
    [room('r', { unread: 3 }), false],
    [room('r', { unread: 3, mentioned: 1 }), true],
    [room('r', { ...direct, unread: 1 }), true],
    [room('r', { ...direct }), false],
  ])('calls for oneself by a mention, or by anything in a direct room', (info, calls) => {
    expect(callsForMe(info)).toBe(calls);
  });
});

describe('the keys from room to room', () => {
  const rooms = [room('a'), room('b', { unread: 1 }), room('c')];

  it.each([
    ['a', 1, false, 'b'],
    ['c', 1, false, 'a'],
    ['a', -1, false, 'c'],
    [undefined, 1, false, 'a'],
    [undefined, -1, false, 'c'],
    ['c', 1, true, 'b'],
    ['b', 1, true, undefined],
  ] as const)('lead from %s by %i (unread: %s) to %s', (current, step, unread, next) => {
    expect(neighbour(rooms, current, step, unread)?.room).toBe(next);
  });

  it('lead nowhere without rooms', () => {
    expect(neighbour([], undefined, 1, false)).toBeUndefined();
  });
});

describe('the switcher', () => {
  const rooms = [
    room('Aachen trip', { createdAt: 9 }),
    room('The Café'),
    room('Cafeteria'),
    room('decaf'),
    room('Old cafe', { archivedAt: 1 }),
  ];

  it('finds names that begin so, then words that do, then any that hold it, without case and accents', () => {
    expect(matching(rooms, 'CAFÉ', me).map(({ name }) => name)).toEqual([
      'Cafeteria',
      'The Café',
      'Old cafe',
    ]);
    expect(matching(rooms, 'caf', me).at(-1)?.name).toBe('decaf');
    expect(matching(rooms, 'zebra', me)).toEqual([]);
  });

  it('offers first what calls, then what is unread, then what was used last, and nothing archived', () => {
    const unread = room('Unread', { unread: 2 });
    const calling = room('Calling', { unread: 2, mentioned: 1 });
    expect(matching([...rooms, unread, calling], ' ', me).map(({ name }) => name)).toEqual([
      'Calling',
      'Unread',
      'Aachen trip',
      'The Café',
      'Cafeteria',
      'decaf',
    ]);
  });
});

function room(name: string, more: Partial<ListedRoom> = {}): ListedRoom {
  return {
    room: name,
    kind: 'room',
    name,
    visibility: 'public',
    mode: 'open',
    createdAt: 1,
    role: 'member',
    readSeq: 0,
    lastSeq: 0,
    unread: 0,
    memberCount: 2,
    mentioned: 0,
    ...more,
  };
}

function person(name: string) {
  return { userId: name, name };
}
