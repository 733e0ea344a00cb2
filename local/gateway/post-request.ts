/** A POST to `@connections` as it came over the wire. */
export interface PostRequest {
  url: string;
  authorization: string | undefined;
  body: Buffer;
  /** Bytes of the whole request. */
  length: number;
}

/** A request's head may be this long; more is for node:http to refuse. */
const maxHeadBytes = 16_384;

const requestLine = /^POST (\/[!-~]*\/@connections\/[!-~]+) HTTP\/1\.1\r\n/;
/** One field, as RFC 9112 has it, without the leniencies that it allows to a recipient. */
const field = /([\w!#$%&'*+.^`|~-]+):[\t ]*([\t -~]*)\r\n/y;

/**
 * Reads the one shape of request that nearly all calls have: POST to a connection over HTTP/1.1, kept alive, with a
 * `Content-Length` of at most `maxBody` bytes, and nothing that asks for more than an answer.
 * @returns `incomplete` while it may become one, `other` for whatever is left to a real HTTP server
 */
export function readPost(bytes: Buffer, maxBody: number): PostRequest | 'incomplete' | 'other' {
  const text = bytes.toString('latin1', 0, maxHeadBytes);
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) {
    const post = text.startsWith('POST ') || 'POST '.startsWith(text);
    return post && text.length < maxHeadBytes ? 'incomplete' : 'other';
  }
  const [line, url] = requestLine.exec(text) ?? [];
  if (line === undefined || url === undefined) return 'other';

  let authorization: string | undefined;
  let bodyLength: number | undefined;
  const fieldsEnd = headEnd + 2;
  for (field.lastIndex = line.length; field.lastIndex < fieldsEnd; ) {
    const [, name = '', value = ''] = field.exec(text) ?? [];
    switch (name.toLowerCase()) {
      // Not a field: exec has set lastIndex back.
      case '':
      case 'transfer-encoding':
      case 'expect':
      case 'upgrade':
        return 'other';
      case 'connection':
        if (value.toLowerCase() !== 'keep-alive') return 'other';
        break;
      case 'content-length':
        if (bodyLength !== undefined || !/^\d{1,9}$/.test(value)) return 'other';
        bodyLength = Number(value);
        break;
      case 'authorization':
        if (authorization !== undefined) return 'other';
        authorization = value;
    }
  }
  if (bodyLength === undefined || bodyLength > maxBody) return 'other';
  const bodyStart = headEnd + 4;
  const length = bodyStart + bodyLength;
  if (bytes.length < length) return 'incomplete';
  return { url, authorization, body: bytes.subarray(bodyStart, length), length };
}
