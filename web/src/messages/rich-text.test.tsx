import fc from 'fast-check';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import type { Chat } from '../state/chat.ts';
import { ChatContext } from '../state/chat.ts';
import { RichText } from './RichText.tsx';
import { blocksOf, inlinesOf, isEmojiOnly, isVisible } from './rich-text.ts';

// Names come from the server.
vi.mock('../state/names.ts', () => ({ useName: () => 'Ann <b>' }));

it('finds links, code, mentions and what lies between', () => {
  expect(inlinesOf('see https://example.org/a_(b), `rm -rf` and <@u-1>!')).toEqual([
    { kind: 'text', text: 'see ' },
    { kind: 'link', href: 'https://example.org/a_(b)' },
    { kind: 'text', text: ', ' },
    { kind: 'code', text: 'rm -rf' },
    { kind: 'text', text: ' and ' },
    { kind: 'mention', userId: 'u-1' },
    { kind: 'text', text: '!' },
  ]);
});

it.each(['javascript:alert(1)', 'data:text/html,x', 'https://', '<@>', '<@a b>', '``'])(
  'leaves %s as it is',
  (text) => expect(inlinesOf(text)).toEqual([{ kind: 'text', text }]),
);

it('ends an address where a character hides or reorders others', () => {
  expect(inlinesOf('https://a.org/\u202egpj.exe')[0]).toEqual({ kind: 'link', href: 'https://a.org/' });
  expect(inlinesOf('https://a\u200b.org')[0]).toEqual({ kind: 'link', href: 'https://a' });
});

it('takes code between fences as it is, with its language', () => {
  expect(blocksOf('look:\n```ts\nconst a = `<@u>`;\n```\ngood?')).toEqual([
    { kind: 'lines', pieces: [{ kind: 'text', text: 'look:' }] },
    { kind: 'code', language: 'ts', text: 'const a = `<@u>`;' },
    { kind: 'lines', pieces: [{ kind: 'text', text: 'good?' }] },
  ]);
});

it.each([
  ['🎉', true],
  ['👍🏽 👩‍👩‍👧', true],
  ['🇩🇪', true],
  ['🎉!', false],
  ['12', false],
  ['', false],
])('%s is of emoji alone: %s', (text, only) => expect(isEmojiOnly(text)).toBe(only));

it.each(['\u200b\u200d\ufeff', ' \n\t', '\u202e', '\u3164\u2800'])('sees nothing in %j', (text) =>
  expect(isVisible(text)).toBe(false),
);

describe('as it is shown', () => {
  // Of a chat, a text needs only who one is.
  const chat: unknown = { me: { id: 'me', name: 'Me' } };
  function shown(text: string): string {
    return renderToStaticMarkup(
      <ChatContext value={isChat(chat) ? chat : undefined}>
        <RichText text={text} />
      </ChatContext>,
    );
  }
  function isChat(value: unknown): value is Chat {
    return typeof value === 'object';
  }

  it('keeps every character, and makes no element other than its own', () => {
    const hostile = fc.constantFrom(
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '```',
      '`',
      '\n',
      'https://x.org/"onclick=alert(1)',
      'javascript:alert(1)',
      '<@u-1>',
      '\u202e',
      '\u200b',
      '&lt;',
      '🎉',
      '<!--',
    );
    const texts = fc
      .array(fc.oneof(hostile, fc.string({ unit: 'grapheme' })), { maxLength: 12 })
      .map((parts) => parts.join(''))
      .filter((text) => isVisible(text) && text.isWellFormed());
    fc.assert(
      fc.property(texts, (text) => {
        const html = shown(text);
        const tags = [...html.matchAll(/<\/?([a-zA-Z!][a-z-]*)/g)].map(([, name]) => name);
        for (const tag of tags) expect(['p', 'a', 'code', 'pre', 'span', 'bdi']).toContain(tag);
        for (const [, attribute] of html.matchAll(/<[a-z]+((?:\s[^>]*)?)>/g)) {
          expect(attribute).toMatch(/^(?: (?:dir|class|href|target|rel|tabindex)="[^"<>]*")*$/);
        }
        const seen = html.replace(/<[^>]*>/g, '').replaceAll('@Ann &lt;b&gt;', '<@u-1>');
        expect(essence(decoded(seen))).toBe(essence(text));
      }),
      { numRuns: 500 },
    );
  });

  function essence(text: string): string {
    return text.replace(/[`\n]/g, '');
  }

  function decoded(html: string): string {
    const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#x27': "'" };
    return html.replace(/&([a-z0-9#]+);/g, (entity, name) => entities[name] ?? entity);
  }
});
