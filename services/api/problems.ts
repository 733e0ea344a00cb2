import type { Problem } from '#shared/contract/http.ts';

/** A refusal that the caller is told of as a problem document. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly title: string;
  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

/** The answer of a refused request (RFC 9457). */
export function problemResponse(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  const body: Problem = { type: 'about:blank', title, status, detail };
  return Response.json(body, { status, headers: { ...headers, 'content-type': 'application/problem+json' } });
}
