import { describe, expect, it } from 'vitest';
import { fileName } from '#shared/contract/attachments.ts';
import { limits } from '#shared/contract/limits.ts';
import { problemOf, sendableName, sizeOf, typeOf } from './file-check.ts';

describe('a file to send', () => {
  it.each([
    ['a.png', 'image/png', 'image/png'],
    ['notes.md', '', 'text/plain'],
    ['table.CSV', 'application/vnd.ms-excel', 'text/csv'],
    ['x.zip', 'application/x-zip-compressed', 'application/zip'],
    ['page.html', 'text/html', undefined],
    ['drawing.svg', 'image/svg+xml', undefined],
    ['run.exe', '', undefined],
  ])('%s (%s) is sent as %s', (name, type, sent) => {
    expect(typeOf({ name, type })).toBe(sent);
  });

  it('is refused in clear words', () => {
    const png = { name: 'a.png', type: 'image/png', size: 1 };
    expect(problemOf(png)).toBeUndefined();
    expect(problemOf({ ...png, size: limits.attachmentBytes })).toBeUndefined();
    expect(problemOf({ ...png, size: limits.attachmentBytes + 1_024 ** 2 })).toBe(
      'Too large: 26 MB. A file may have up to 25 MB.',
    );
    expect(problemOf({ ...png, size: 0 })).toMatch(/empty/);
    expect(problemOf({ name: 'a.svg', type: 'image/svg+xml', size: 1 })).toMatch(/kind of file/);
  });

  it.each([
    'plain.txt',
    '..',
    '../../etc/passwd',
    'C:\\autoexec.bat',
    'harmless\u202egnp.exe',
    'two\nlines.txt',
    '',
    `${'long'.repeat(100)}.jpeg`,
    `${'🎉'.repeat(150)}.png`,
    'half \ud83c.png',
  ])('gets a name that the server takes: %j', (name) => {
    expect(fileName.parse(sendableName(name))).toBeTruthy();
  });

  it('keeps its name and its ending where it can', () => {
    expect(sendableName('Übersicht 2026.pdf')).toBe('Übersicht 2026.pdf');
    expect(sendableName(`${'long'.repeat(100)}.jpeg`)).toMatch(/^(long)+.*\.jpeg$/);
  });

  it('says its size', () => {
    expect([12, 1_024, 1_536, 25 * 1_024 ** 2].map(sizeOf)).toEqual(['12 bytes', '1 KB', '1.5 KB', '25 MB']);
  });
});
