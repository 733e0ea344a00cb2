import type { IncomingHttpHeaders } from 'node:http';
import type { Credentials } from '#local/credentials.ts';
import type { Authorize } from '#local/iam/authorize.ts';
import { sqsPermission } from '#local/iam/sqs-permissions.ts';

interface Request {
  headers: IncomingHttpHeaders;
  body?: unknown;
}

interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const sqsTarget = 'AmazonSQS.';

export function isOfSqs({ headers }: Request): boolean {
  return operationOf(headers) !== undefined;
}

/** The answer to a call of SQS that the role of its key may not make; undefined where it may. */
export function sqsRefusalOf(
  { headers, body }: Request,
  credentials: Credentials,
  authorize: Authorize,
): Refusal | undefined {
  const principal = credentials.principal(headers.authorization);
  const operation = operationOf(headers);
  if (!principal || operation === undefined) return undefined;
  const permission = sqsPermission(operation, body);
  const denial = authorize(principal, permission);
  if (denial === undefined) return undefined;
  const { action } = permission;
  return {
    status: 403,
    // SDKs of the JSON protocol take the error's name of old, `AccessDenied`, from the header.
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': 'AccessDenied;Sender',
    },
    body: JSON.stringify({
      __type: 'com.amazon.coral.service#AccessDeniedException',
      // SQS writes the action in small letters.
      Message: denial.replaceAll(action, action.toLowerCase()),
    }),
  };
}

function operationOf(headers: IncomingHttpHeaders): string | undefined {
  const target = headers['x-amz-target'];
  return typeof target === 'string' && target.startsWith(sqsTarget)
    ? target.slice(sqsTarget.length)
    : undefined;
}
