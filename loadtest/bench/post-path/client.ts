/**
 * A process that posts through the bundle of its first argument to the endpoint of its second. Told a number, it makes so
 * many posts and says what CPU time they took, by getrusage. The first answer has the loading of the bundle in it; this
 * file imports nothing that could have a part in it.
 */
const [, , bundle = '', endpoint = ''] = process.argv;
const frame = Buffer.from(JSON.stringify({ type: 'events', room: 'general', filling: 'x'.repeat(250) }));
let post: ((ids: string[], frame: Buffer) => Promise<void>) | undefined;

process.on('message', (posts) => void run(Number(posts)));

async function run(posts: number): Promise<void> {
  const ids = Array.from({ length: posts }, (_, index) => `L0SM9cOF${String(index).padStart(7, '0')}=`);
  const startedAt = performance.now();
  const before = process.cpuUsage();
  post ??= (await import(bundle)).poster(endpoint);
  await post?.(ids, frame);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ cpuMs: (user + system) / 1_000, wallMs: performance.now() - startedAt });
}
