import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })];
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const topLevel = globSync('*/', { cwd: root }).map((folder) => relative('', folder));

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, '');

  it('links to what is there', () => {
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => !/^https?:/.test(target) && !leads(target));
    expect(broken).toEqual([]);
  });

  it('names files and folders that are there', () => {
    const named = [...text.matchAll(/(?<=[`\s(])((?:[\w.-]+\/)+[\w.-]*)(?=[`\s),:;])/g)].map(
      ([, path = '']) => path,
    );
    const ours = named.filter((path) => topLevel.includes(path.split('/')[0] ?? ''));
    expect(ours.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names npm scripts that are there', () => {
    const named = [...text.matchAll(/npm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)];
    const missing = named.map(([, run, short]) => run ?? short ?? '').filter((name) => !(name in scripts));
    expect(missing).toEqual([]);
  });

  /** Whether a relative link has its file, and its heading in it. */
  function leads(target: string): boolean {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? join(root, page) : join(root, dirname(page), path);
    if (!existsSync(file)) return false;
    return anchor === undefined || headings(readFileSync(file, 'utf8')).includes(anchor);
  }
});

/** As GitHub makes anchors of them. */
function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
