import { open } from 'node:fs/promises';

/** Read of a file's end: 2 MB are some ten thousand lines. */
const endBytes = 2 * 1024 * 1024;

/**
 * The complete lines of a file from `position` on, or of its last 2 MB where that is later, and the position behind
 * them. A position beyond the file's end is of a file that was begun anew.
 */
export async function readEnd(file: string, position = 0): Promise<{ lines: string[]; position: number }> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const wanted = position > size ? 0 : position;
  const start = Math.max(wanted, size - endBytes);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
  const end = buffer.lastIndexOf('\n', bytesRead - 1) + 1;
  const lines = buffer.toString('utf8', 0, end).split('\n');
  lines.pop();
  // What begins inside a line is not one.
  if (start > wanted) lines.shift();
  return { lines, position: start + end };
}
