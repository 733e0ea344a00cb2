import * as z from 'zod';
import { attachment } from '#shared/contract/attachments.ts';
import { roomId } from '#shared/contract/frames.ts';
import { userId, webhookId } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { ApiError } from './problems.ts';

/** The room that a path names. @throws ApiError 400 */
export function roomOf({ room }: Record<string, string>): string {
  return parse(z.object({ room: roomId }), { room }).room;
}

/** The person that a path names; `me` is who calls. @throws ApiError 400 */
export function userOf({ user }: Record<string, string>, caller: string): string {
  return user === 'me' ? caller : parse(z.object({ user: userId }), { user }).user;
}

/** The message that a path names. @throws ApiError 400 */
export function seqOf({ seq }: Record<string, string>): number {
  return parse(z.object({ seq: z.coerce.number().int().positive() }), { seq }).seq;
}

/** The webhook that a path names. @throws ApiError 400 */
export function webhookOf({ webhook }: Record<string, string>): string {
  return parse(z.object({ webhook: webhookId }), { webhook }).webhook;
}

/** The file that a path names. @throws ApiError 400 */
export function attachmentOf({ attachment: id }: Record<string, string>): string {
  return parse(attachment.pick({ id: true }), { id }).id;
}

/** @throws ApiError 400 */
export function queryOf<Query>({ url }: Request, schema: z.ZodType<Query>): Query {
  return parse(schema, Object.fromEntries(new URL(url).searchParams));
}

/** The body of a request, JSON; none is `{}`. @throws ApiError 400, 413 */
export async function bodyOf<Body>(request: Request, schema: z.ZodType<Body>): Promise<Body> {
  const text = await request.text();
  if (Buffer.byteLength(text) > limits.bodyBytes) {
    throw new ApiError(413, 'Too large', `A body may have ${limits.bodyBytes} bytes`);
  }
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(400, 'Invalid request', 'The body is not JSON');
  }
  return parse(schema, body);
}

/** Cursors are opaque: where a list goes on is nobody's business, and may be another thing tomorrow. */
export function sealed(position: unknown): string | undefined {
  return position === undefined ? undefined : Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Where the list goes on that a cursor was sealed for. @throws ApiError 400 where it was sealed for none, or another */
export function opened<Position>(
  cursor: string | undefined,
  schema: z.ZodType<Position>,
): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new ApiError(400, 'Invalid request', 'cursor: is none of this list');
  }
}

/** What comes from outside is checked by this, and by nothing else: a row of ours that does not fit is our own failure. */
function parse<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const issues = error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`);
  throw new ApiError(400, 'Invalid request', issues.join('; '));
}

const verified = z.object({
  requestContext: z.object({
    authorizer: z.object({ jwt: z.object({ claims: z.object({ sub: z.string() }) }) }),
  }),
});

/** Who calls: the subject that API Gateway's JWT authorizer verified. */
export function callerOf(event: unknown): string {
  return verified.parse(event).requestContext.authorizer.jwt.claims.sub;
}
