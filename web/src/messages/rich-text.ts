/** A piece of a line. A mention shows as a name that is looked up. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'link'; href: string }
  | { kind: 'mention'; userId: string };

/** A paragraph, or code between lines of three backticks. */
export type Block = { kind: 'lines'; pieces: Inline[] } | { kind: 'code'; language: string; text: string };

/**
 * What a message's text shows: links, `code`, blocks of code, and `<@id>` mentions. All else is what it is, and no
 * character is lost but the backticks around code, and the line breaks around a block.
 */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  for (const { 0: fence, 1: language = '', 2: code = '', index } of text.matchAll(
    /```(?:([\w+#.-]{1,20})(?=\n))?([\s\S]+?)```/g,
  )) {
    if (code.trim() === '') continue;
    lines(text.slice(from, index).replace(/\n$/, ''), blocks);
    blocks.push({ kind: 'code', language, text: code.replace(/^\n|\n$/g, '') });
    from = index + fence.length;
    if (text[from] === '\n') from++;
  }
  lines(text.slice(from), blocks);
  return blocks;
}

function lines(text: string, blocks: Block[]): void {
  if (text !== '') blocks.push({ kind: 'lines', pieces: inlinesOf(text) });
}

/** The pieces of a text where blocks have no place. */
export function inlinesOf(text: string): Inline[] {
  const pieces: Inline[] = [];
  let from = 0;
  for (const { 0: match, index } of text.matchAll(special)) {
    const piece = pieceOf(match);
    if (!piece) continue;
    if (index > from) pieces.push({ kind: 'text', text: text.slice(from, index) });
    pieces.push(piece);
    from = index + (piece.kind === 'link' ? piece.href.length : match.length);
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) });
  return pieces;
}

/**
 * Inline code, a mention, or a web address. An address holds no characters that hide or reorder others, so that what
 * one reads is where one goes.
 */
const special = /`[^`\n]+`|<@[A-Za-z0-9-]{1,64}>|https?:\/\/[^\s<>"`\p{Cf}\p{Cc}]+/gu;

function pieceOf(match: string): Inline | undefined {
  if (match.startsWith('`')) return { kind: 'code', text: match.slice(1, -1) };
  if (match.startsWith('<@')) return { kind: 'mention', userId: match.slice(2, -1) };
  // What ends a sentence is not part of the address.
  const href = match.replace(/[.,;:!?'*_~\])}]+$/, (tail) =>
    tail.startsWith(')') && match.includes('(') ? ')' : '',
  );
  return URL.canParse(href) ? { kind: 'link', href } : undefined;
}

/** A few emoji and nothing else, which are shown larger. */
export function isEmojiOnly(text: string): boolean {
  return (
    text.length <= 60 &&
    /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\ufe0f|\u200d|\s)+$/u.test(
      text,
    ) &&
    /[\p{Extended_Pictographic}\p{Regional_Indicator}]/u.test(text)
  );
}

/** Whether there is anything to see: a text may be of spaces and invisible characters alone. */
export function isVisible(text: string): boolean {
  return /[^\s\p{Cf}\p{Cc}\p{Mn}\p{Variation_Selector}\u115f\u1160\u2800\u3164\uffa0]/u.test(text);
}
