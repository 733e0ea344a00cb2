/** What a server answered to one request. */
export interface Answer {
  status: number;
  /** Its bytes, one a character. */
  body: string;
  /** Whether the socket can carry another request. */
  reusable: boolean;
}

/** What came is not an answer of HTTP/1.1. */
export class NotHttp extends Error {
  override readonly name = 'NotHttp';
}

/**
 * Reads an answer of HTTP/1.1 (RFC 9112) from the bytes that came so far, one a character.
 * @param ended whether the server has closed its side: an answer that names no length ends there
 * @returns undefined while it is incomplete
 * @throws NotHttp
 */
export function readAnswer(text: string, ended = false): Answer | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd + 2);
  const status = Number(/^HTTP\/1\.1 ([1-5]\d\d)[ \r]/.exec(head)?.[1]);
  if (Number.isNaN(status)) throw new NotHttp(`Not an answer: ${head.slice(0, 40)}`);
  const start = headEnd + 4;
  // Interim answers (103 Early Hints) come before the one that counts.
  if (status < 200) return readAnswer(text.slice(start), ended);

  const body = bodyOf(text, start, head, status);
  if (body) {
    const reusable = !ended && body.end === text.length && !/\r\nconnection:[^\r]*close/i.test(head);
    return { status, body: body.text, reusable };
  }
  return ended ? { status, body: text.slice(start), reusable: false } : undefined;
}

interface Body {
  text: string;
  end: number;
}

function bodyOf(text: string, start: number, head: string, status: number): Body | undefined {
  if (status === 204 || status === 304) return { text: '', end: start };
  if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(head)) return chunkedBody(text, start);
  const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1];
  const end = length === undefined ? Number.POSITIVE_INFINITY : start + Number(length);
  return text.length < end ? undefined : { text: text.slice(start, end), end };
}

function chunkedBody(text: string, start: number): Body | undefined {
  let body = '';
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(size >= 0)) throw new NotHttp(`Not the size of a chunk: ${text.slice(at, lineEnd)}`);
    if (size === 0) {
      // The last chunk, and trailers up to an empty line.
      const end = text.indexOf('\r\n\r\n', lineEnd);
      return end < 0 ? undefined : { text: body, end: end + 4 };
    }
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
