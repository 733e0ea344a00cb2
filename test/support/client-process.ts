import { FanfareClient } from '#client';

/** A process of its own with a client in a room: `node client-process.ts URL TOKEN ROOM`. It says `live`, and then stays. */
const [url = '', token = '', room = ''] = process.argv.slice(2);
const client = new FanfareClient({ url, token: async () => token });
const joined = client.join(room);
joined.on('change', () => {
  if (joined.state === 'live') process.stdout.write('live\n');
});
