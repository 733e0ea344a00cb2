/** A piece of a message: plain text, or a link with the address that it shows. */
export type Piece = string | { href: string };

/** Finds web addresses. Only http and https, and what follows a sentence's end is not part of one. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    const href = match.replace(/[.,;:!?'*_~\])}]+$/, (tail) =>
      tail.startsWith(')') && match.includes('(') ? ')' : '',
    );
    if (!URL.canParse(href)) continue;
    if (index > end) pieces.push(text.slice(end, index));
    pieces.push({ href });
    end = index + href.length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}
