import { connect, signIn } from '../people.ts';

/*
 * Opens connections in a process of its own, says `connected`, and holds them until its input ends. Then it says how
 * many are still open. Arguments: the cloud's URL, how many people, how many connections each of them opens.
 */

const [url = '', people = '', each = ''] = process.argv.slice(2);
const tokens = await signIn(url, Number(people), () => {});
const sockets = await connect(url, Array.from({ length: Number(each) }, () => tokens).flat(), () => {});
let open = sockets.length;
for (const socket of sockets) socket.onEnd = () => open--;
console.log('connected');

for await (const _ of process.stdin);
console.log(`open ${open}`);
for (const socket of sockets) socket.terminate();
