import { now } from '../../client/clock.ts';
import { Crowd } from '../../client/crowd.ts';
import type { Ledger } from '../../client/ledger.ts';
import { LightSocket } from '../../client/light-socket.ts';
import { SocketIoChannel } from '../../client/socket-io-channel.ts';
import { openAll, protocolsOf } from '../../people.ts';
import { userAgentOf } from './client-number.ts';
import { client } from './contract.ts';
import { serve } from './serve.ts';

/** A server that is behind is not helped by a second copy, and not all of them know one. */
const answerTimeoutMs = 60_000;

/** The clients of one system, in one process. */
const crowd = new Crowd(answerTimeoutMs);
let ledger: Ledger | undefined;

serve(client, {
  connect: async ({ protocol, url, count, tokens }) => {
    const from = crowd.size;
    const open = protocol === 'websocket' ? LightSocket.open : SocketIoChannel.open;
    const channels = await openAll(
      count - from,
      Number.POSITIVE_INFINITY,
      () => {},
      async (index) => {
        const number = from + index;
        const token = tokens[number % tokens.length];
        return await open({
          url,
          userAgent: userAgentOf(number),
          ...(token !== undefined && { protocols: protocolsOf(token) }),
        });
      },
    );
    crowd.add(channels);
    return {};
  },

  subscribe: async ({ rooms }) => {
    await crowd.subscribe(
      (index) => rooms.flatMap(({ room, size }) => (index < size ? [room] : [])),
      () => {},
    );
    if (crowd.problems.size > 0) throw new Error([...crowd.problems.keys()].join(', '));
    return {};
  },

  begin: ({ room, size, messages }) => {
    const begun = crowd.begin(room, size, messages);
    ledger = begun.ledger;
    return { run: begun.name };
  },

  send: async (what) => {
    const startedAt = now();
    await crowd.send(what);
    return { startedAt };
  },

  drain: async ({ deliveries, ...patience }) => {
    await crowd.drain(deliveries, patience);
    const { lastReceiptAt, deliveries: came } = kept();
    return { lastReceiptAt, deliveries: came };
  },

  result: ({ slices, sliceMs }) => ({
    ...kept().result(),
    problems: [...crowd.problems].map(([what, count]) => `${what} (${count} times)`),
    timeline: kept().timeline(slices, sliceMs),
  }),
});

function kept(): Ledger {
  if (!ledger) throw new Error('No run has begun');
  return ledger;
}
