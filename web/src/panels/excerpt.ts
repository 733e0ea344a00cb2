interface Piece {
  text: string;
  hit: boolean;
}

/** Characters before the first hit, and in all. */
const before = 60;
const longest = 240;

/** What a search result shows of a message: the text around the first place that was searched for, each of them marked. */
export function excerpt(text: string, wanted: string): Piece[] {
  const line = text.replace(/\s+/g, ' ').trim();
  const places = wanted === '' ? [] : [...line.matchAll(new RegExp(escaped(wanted), 'giu'))];
  const first = places[0]?.index ?? 0;
  const start = first > before ? wordAfter(line, first - before) : 0;
  const end = Math.min(line.length, start + longest);
  const pieces: Piece[] = [];
  let from = start;
  for (const { 0: found, index } of places) {
    if (index < from || index + found.length > end) continue;
    if (index > from) pieces.push({ text: line.slice(from, index), hit: false });
    pieces.push({ text: found, hit: true });
    from = index + found.length;
  }
  if (from < end) pieces.push({ text: line.slice(from, end).toWellFormed(), hit: false });
  if (start > 0) pieces.unshift({ text: '… ', hit: false });
  if (end < line.length) pieces.push({ text: '…', hit: false });
  return pieces;
}

/** Where a word begins, from there on; there itself where none does nearby. */
function wordAfter(line: string, at: number): number {
  const space = line.indexOf(' ', at);
  return space >= 0 && space - at < 30 ? space + 1 : at;
}

/** A text as a pattern of itself. White space is one space in an excerpt. */
function escaped(text: string): string {
  return text
    .replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    .replace(/\s+/g, ' ')
    .trim();
}
