import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '#shared/environment.ts';
import { logger } from '#shared/observability/logger.ts';
import { measure, withMetrics } from '#shared/observability/metrics.ts';
import { findToken } from './find-token.ts';
import { TokenRefused, tokenVerifier } from './verify-token.ts';

const { TOKEN_ISSUER, TOKEN_CLIENT_ID } = readEnvironment({
  TOKEN_ISSUER: z.url(),
  TOKEN_CLIENT_ID: z.string(),
});
const verify = tokenVerifier(TOKEN_ISSUER, TOKEN_CLIENT_ID);

/**
 * Decides on `$connect`: no token is a 401, a bad one a 403. The verified subject goes into the context, which API
 * Gateway adds to every later event of the socket.
 */
export const handler = withMetrics(
  async ({ headers, methodArn }: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const token = findToken(headers ?? {});
    if (!token) {
      measure('RefusedNoToken', 1);
      // API Gateway answers 401 to this very message, and 500 to any other ("Lambda authorizers").
      throw new Error('Unauthorized');
    }
    try {
      const { userId, expiresAt } = await verify(token);
      return policy('Allow', methodArn, userId, { userId, expiresAt });
    } catch (error) {
      if (!(error instanceof TokenRefused)) {
        measure('AuthorizerFailures', 1);
        throw error;
      }
      measure(error.expired ? 'RefusedExpiredToken' : 'RefusedForeignToken', 1);
      logger.info('Token refused', { reason: error.message });
      return policy('Deny', methodArn, 'refused', {});
    }
  },
);

function policy(
  effect: 'Allow' | 'Deny',
  resource: string,
  principalId: string,
  context: Record<string, string | number>,
): APIGatewayAuthorizerResult {
  return {
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }],
    },
    context,
  };
}
