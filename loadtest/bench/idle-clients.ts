import { setTimeout as sleep } from 'node:timers/promises';
import { type Channel, HandshakeError, LightSocket } from '../client/light-socket.ts';
import { openAll, protocolsOf, signIn, webSocketUrl } from '../people.ts';

/*
 * Opens connections in a process of its own, says `connected`, and holds them until its input ends. Then it says how
 * many are still open. Arguments: the cloud's URL, how many people, how many connections each of them opens.
 */

/** API Gateway's quota of new connections. What is refused all the same, after a pause of this machine, is tried again. */
const connectionsPerSecond = 500;
const tries = 10;

const [url = '', people = '', each = ''] = process.argv.slice(2);
const tokens = await signIn(url, Number(people), () => {});
const sockets = await openAll(
  Number(people) * Number(each),
  connectionsPerSecond,
  () => {},
  (index) => open(tokens[index % tokens.length] ?? ''),
);
let stillOpen = sockets.length;
for (const socket of sockets) socket.onEnd = () => stillOpen--;
console.log('connected');

for await (const _ of process.stdin);
console.log(`open ${stillOpen}`);
for (const socket of sockets) socket.terminate();

async function open(token: string): Promise<Channel> {
  for (let tried = 1; ; tried++) {
    try {
      return await LightSocket.open({ url: webSocketUrl(url), protocols: protocolsOf(token) });
    } catch (error) {
      if (tried === tries || !(error instanceof HandshakeError)) throw error;
      await sleep(Math.random() * 1_000);
    }
  }
}
