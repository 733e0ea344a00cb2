import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Every line of the folder's files that matches, as `file:line text`. */
function mentions(folder: string, pattern: RegExp, skip?: RegExp): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile() && !skip?.test(entry.name))
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const lines = readFileSync(path, 'utf8').split('\n');
      return lines.flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : []));
    });
}

describe.each(['services', 'shared', 'stacks'])('%s/', (folder) => {
  it('knows nothing of the local cloud', () => {
    expect(mentions(folder, /local cloud|#local|\/local\/|\.fanfare/i)).toEqual([]);
    // A test may want an address where nobody answers.
    expect(mentions(folder, /localhost|127\.0\.0\.1/i, /\.test\.ts$/)).toEqual([]);
  });
});
