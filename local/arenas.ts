/**
 * glibc gives threads heaps of their own ("arenas", up to eight a core) and returns little of what they held. With
 * every function's environment in a thread, that was a third of the memory of a run with 10,000 idle connections
 * (`npm run bench -- --only idle`). It reads its setting as a process begins: so this process begins again, as itself.
 * Imported before everything else. Elsewhere than on Linux there is nothing to set.
 */
const setting = 'MALLOC_ARENA_MAX';

if (process.platform === 'linux' && process.execve && process.env[setting] === undefined) {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, again, { ...process.env, [setting]: '2' });
}
