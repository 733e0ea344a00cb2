import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '#local/credentials.ts';
import type { Authorize } from '#local/iam/authorize.ts';
import { s3Permission } from '#local/iam/s3-permissions.ts';
import { sqsPermission } from '#local/iam/sqs-permissions.ts';

interface Refusal {
  headers: Record<string, string>;
  body: string;
}

const sqsTarget = 'AmazonSQS.';

/** The answer, with status 403, to a request that the principal's role may not make; undefined where it may. */
export function refusalOf(
  principal: Principal,
  request: { method: string; url: string; headers: IncomingHttpHeaders; body?: unknown },
  authorize: Authorize,
): Refusal | undefined {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string' && target.startsWith(sqsTarget)) {
    const permission = sqsPermission(target.slice(sqsTarget.length), request.body);
    const denial = authorize(principal, permission);
    const { action } = permission;
    // SQS writes the action in small letters.
    return denial === undefined ? undefined : sqsRefusal(denial.replaceAll(action, action.toLowerCase()));
  }
  const permission = s3Permission(request.method, request.url);
  const denial = permission
    ? authorize(principal, permission)
    : 'The local cloud does not know this request.';
  return denial === undefined ? undefined : s3Refusal(denial);
}

/** SDKs of the JSON protocol take the error's name of old, `AccessDenied`, from the header. */
function sqsRefusal(Message: string): Refusal {
  return {
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': 'AccessDenied;Sender',
    },
    body: JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', Message }),
  };
}

function s3Refusal(message: string): Refusal {
  const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return {
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>${text}</Message></Error>`,
  };
}
