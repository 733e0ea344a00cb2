import { z } from 'zod';
import { arn } from '#local/aws.ts';
import type { Invoker } from '#local/lambda/invoker.ts';
import type { IdentitySource, RequestAuthorizer } from './api.ts';
import { authorizerEvent, type Handshake, type Session } from './events.ts';
import { callFunction } from './function-call.ts';
import { allowsInvoke, policyDocument } from './policy.ts';

/** Allowed with what later events say of the caller, or refused with a status. */
export type Verdict =
  | { allowed: true; authorizer: Record<string, string> }
  | { allowed: false; status: 401 | 403 | 500; message: string };

/**
 * Asks a Lambda REQUEST authorizer about an upgrade. A missing identity source is a 401 without a call; an error
 * whose message is exactly `Unauthorized` is a 401; another error, or an answer that is none, is a 500; a policy
 * that does not allow is a 403.
 */
export async function authorize(
  invoker: Invoker,
  authorizer: RequestAuthorizer,
  session: Session,
  handshake: Handshake,
  timeoutMs: number,
): Promise<Verdict> {
  if (!authorizer.identitySources.every((source) => sourceValue(source, handshake))) return unauthorized;
  const methodArn = arn('execute-api', `${session.apiId}/${session.stage.name}/$connect`);
  const event = authorizerEvent(session, handshake, methodArn);
  const result = await callFunction(invoker, authorizer.functionArn, event, timeoutMs);
  if (!result.ok) return result.errorMessage === 'Unauthorized' ? unauthorized : failed;
  const answer = answerSchema.safeParse(result.payload);
  if (!answer.success) return failed;
  const { principalId, context = {}, policyDocument: policy } = answer.data;
  if (!allowsInvoke(policy, methodArn)) {
    return { allowed: false, status: 403, message: 'User is not authorized to access this resource' };
  }
  const values = Object.entries(context).map(([name, value]) => [name, String(value)]);
  return { allowed: true, authorizer: { ...Object.fromEntries(values), principalId } };
}

/** Context values are strings, numbers and booleans only: an object or array makes API Gateway answer 500. */
const answerSchema = z.object({
  principalId: z.string(),
  policyDocument,
  context: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .nullish()
    .transform((given) => given ?? undefined),
});

const unauthorized: Verdict = { allowed: false, status: 401, message: 'Unauthorized' };
const failed: Verdict = { allowed: false, status: 500, message: 'Internal server error' };

function sourceValue({ from, name }: IdentitySource, handshake: Handshake): string | undefined {
  if (from === 'querystring') return handshake.queryStringParameters?.[name];
  const wanted = name.toLowerCase();
  return Object.entries(handshake.headers).find(([header]) => header.toLowerCase() === wanted)?.[1];
}
