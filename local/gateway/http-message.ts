import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer before it is written, so that the front door may put another in its place. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer | string;
}

/** API Gateway's own answers: `{"message": …}`. */
export function messageAnswer(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message }),
  };
}

export function writeAnswer(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** A request's body; undefined when it is longer than `maxBytes` (the rest is read and dropped). */
export async function limitedBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks);
}

/** A path without its percent-encoding; undefined when that is not valid. */
export function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    // The caller answers 400, as API Gateway and CloudFront do.
    return undefined;
  }
}
