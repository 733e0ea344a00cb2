/**
 * What artillery.yml's steps do. `.mts` and not `.ts`, so that Artillery imports it as it is, in Node's own way: what
 * ends in `.ts` it bundles into CommonJS, which does not run in a package of ES modules.
 */
import { readFileSync } from 'node:fs';
import type { WebSocket } from 'ws';
import { brief, briefVariable } from './brief.ts';
import { Gathering } from './gathering.ts';
import type { Events } from './meter.ts';
import type { Person } from './person.ts';

/** What Artillery gives to each step of a virtual user. */
interface Context {
  vars: object;
  ws: WebSocket;
}

const gathering = new Gathering(
  brief.parse(JSON.parse(readFileSync(process.env[briefVariable] ?? '', 'utf8'))),
);
const people = new WeakMap<object, Person>();

/** Before the socket is opened: who this virtual user is. */
export function beSomebody(
  upgrade: { subprotocols: string[] },
  context: Pick<Context, 'vars'>,
  next: (error?: Error) => void,
): void {
  const person = gathering.arrive();
  if (!person) {
    next(new Error('more_arrivals_than_people'));
    return;
  }
  people.set(context.vars, person);
  upgrade.subprotocols = person.subprotocols;
  next();
}

export async function joinRooms(context: Context, events: Events): Promise<void> {
  gathering.meter.events = events;
  await personOf(context).join(context.ws);
}

/** Listens to everything, and says something now and then, until the storm. */
export async function chatUntilTheStorm(context: Context): Promise<void> {
  await gathering.chat(personOf(context), 'storm');
}

export async function loseTheNetworkAndComeBack(context: Context): Promise<void> {
  // Artillery closes the socket that it finds here in the end.
  context.ws = await gathering.blackout(personOf(context));
}

export async function chatUntilTheEnd(context: Context): Promise<void> {
  await gathering.chat(personOf(context), 'end');
}

/** Stays until everybody has everything, or nothing more comes; the last one closes the books. */
export async function stayForTheRest(context: Context): Promise<void> {
  const person = personOf(context);
  await gathering.drained(person);
  person.leave();
}

function personOf({ vars }: Context): Person {
  const person = people.get(vars);
  if (!person) throw new Error('nobody_arrived');
  return person;
}
