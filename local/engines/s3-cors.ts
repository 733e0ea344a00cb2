import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

/** One rule of a bucket's CorsConfiguration. `MaxAge` in seconds. */
export const corsRule = z.strictObject({
  AllowedHeaders: z.array(z.string()).optional(),
  AllowedMethods: z.array(z.enum(['GET', 'PUT', 'HEAD', 'POST', 'DELETE'])),
  AllowedOrigins: z.array(z.string()),
  ExposedHeaders: z.array(z.string()).optional(),
  Id: z.string().optional(),
  MaxAge: z.coerce.number().int().min(0).optional(),
});
type CorsRule = z.infer<typeof corsRule>;

export interface CorsAnswer {
  /** For the response, whatever it is. */
  headers: Record<string, string>;
  /** The whole response to an `OPTIONS` request. */
  preflight?: { status: number; body: string };
}

/** Which pages may use a bucket from a browser, in S3's words ("Elements of a CORS configuration"). */
export class BucketCors {
  readonly #rules = new Map<string, CorsRule[]>();

  set(bucket: string, rules: CorsRule[]): void {
    this.#rules.set(bucket, rules);
  }

  /** What S3 says of a request's `Origin`. `path` is path-style: `/bucket/key`. */
  answer(method: string, path: string, headers: IncomingHttpHeaders): CorsAnswer {
    const { origin } = headers;
    const preflight = method === 'OPTIONS';
    if (!origin)
      return preflight
        ? refusal('Insufficient information. Origin request header needed.', 400)
        : { headers: {} };
    const rules = this.#rules.get(path.split(/[/?]/, 2)[1] ?? '') ?? [];
    const wantedMethod = preflight ? header(headers, 'access-control-request-method') : method;
    const wantedHeaders = preflight ? list(header(headers, 'access-control-request-headers')) : [];
    const rule = rules.find(
      ({ AllowedOrigins, AllowedMethods, AllowedHeaders }) =>
        AllowedMethods.some((allowed) => allowed === wantedMethod) &&
        AllowedOrigins.some((allowed) => matches(allowed, origin)) &&
        wantedHeaders.every((wanted) =>
          AllowedHeaders?.some((allowed) => matches(allowed.toLowerCase(), wanted.toLowerCase())),
        ),
    );
    if (rule) {
      return {
        headers: allowance(rule, origin, wantedHeaders),
        ...(preflight && { preflight: { status: 200, body: '' } }),
      };
    }
    if (!preflight) return { headers: {} };
    if (rules.length === 0) return refusal('CORSResponse: CORS is not enabled for this bucket.', 403);
    return refusal('CORSResponse: This CORS request is not allowed.', 403);
  }
}

function allowance(rule: CorsRule, origin: string, wantedHeaders: string[]): Record<string, string> {
  const anyone = rule.AllowedOrigins.includes('*');
  return {
    'access-control-allow-origin': anyone ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    ...(wantedHeaders.length > 0 && { 'access-control-allow-headers': wantedHeaders.join(', ') }),
    ...(rule.ExposedHeaders && { 'access-control-expose-headers': rule.ExposedHeaders.join(', ') }),
    ...(rule.MaxAge !== undefined && { 'access-control-max-age': String(rule.MaxAge) }),
    ...(!anyone && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

function refusal(message: string, status: number): CorsAnswer {
  const code = status === 400 ? 'BadRequest' : 'AccessForbidden';
  return {
    headers: { 'content-type': 'application/xml' },
    preflight: {
      status,
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    },
  };
}

/** S3 allows one `*` in an origin or a header name. */
function matches(pattern: string, value: string): boolean {
  const [start = '', end] = pattern.split('*', 2);
  if (end === undefined) return pattern === value;
  return value.length >= start.length + end.length && value.startsWith(start) && value.endsWith(end);
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

function list(value: string): string[] {
  return value.split(',').flatMap((each) => each.trim() || []);
}
