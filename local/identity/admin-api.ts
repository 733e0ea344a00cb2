import type { RequestListener } from 'node:http';
import { z } from 'zod';
import type { Credentials } from '../credentials.ts';
import { awsJsonApi, parseInput } from '../eventbridge/api.ts';
import { ApiError } from '../eventbridge/api-error.ts';
import type { Identity } from './identity.ts';
import type { Pool } from './pool.ts';
import { NameError, parseUsername, type User } from './users.ts';

const user = z.object({ UserPoolId: z.string(), Username: z.string() });
const setPassword = user.extend({ Password: z.string().min(1), Permanent: z.literal(true) });
const initiateAuth = z.object({
  UserPoolId: z.string(),
  ClientId: z.string(),
  AuthFlow: z.literal('ADMIN_USER_PASSWORD_AUTH'),
  AuthParameters: z.object({ USERNAME: z.string(), PASSWORD: z.string() }),
});

/**
 * What Cognito's API gives to administrators: users are created, given a password, signed in by it, and deleted. An
 * e-mail address as Username is the name before its `@` here, where Cognito makes one up. Passwords end with the run.
 */
export function adminApi(identity: Identity, credentials: Credentials): RequestListener {
  const passwords = new WeakMap<User, string>();

  return awsJsonApi(
    'AWSCognitoIdentityProviderService',
    {
      async AdminCreateUser(input) {
        const { UserPoolId, Username } = parseInput(user, input);
        const pool = poolOf(identity, UserPoolId);
        const username = nameOf(Username);
        if (pool.users.find(username))
          throw new ApiError('UsernameExistsException', 'User account already exists');
        const created = pool.users.draft(username, true);
        await pool.users.save(created);
        return { User: { Username: username, Attributes: [{ Name: 'sub', Value: created.sub }] } };
      },

      AdminSetUserPassword(input) {
        const { UserPoolId, Username, Password } = parseInput(setPassword, input);
        passwords.set(userOf(poolOf(identity, UserPoolId), Username), Password);
        return {};
      },

      async AdminInitiateAuth(input) {
        const { UserPoolId, ClientId, AuthParameters } = parseInput(initiateAuth, input);
        const pool = poolOf(identity, UserPoolId);
        const client = pool.clients.get(ClientId);
        if (!client)
          throw new ApiError('ResourceNotFoundException', `User pool client ${ClientId} does not exist.`);
        if (!client.authFlows.includes('ALLOW_ADMIN_USER_PASSWORD_AUTH'))
          throw new ApiError('InvalidParameterException', 'Auth flow not enabled for this client');
        const who = userOf(pool, AuthParameters.USERNAME);
        if (passwords.get(who) !== AuthParameters.PASSWORD)
          throw new ApiError('NotAuthorizedException', 'Incorrect username or password.');
        const { accessToken, expiresIn } = await pool.signInByApi(who, client);
        return {
          AuthenticationResult: { AccessToken: accessToken, ExpiresIn: expiresIn, TokenType: 'Bearer' },
          ChallengeParameters: {},
        };
      },

      async AdminDeleteUser(input) {
        const { UserPoolId, Username } = parseInput(user, input);
        const pool = poolOf(identity, UserPoolId);
        await pool.users.remove(userOf(pool, Username).username);
        return {};
      },
    },
    credentials,
  );
}

function poolOf(identity: Identity, id: string): Pool {
  const pool = identity.pool(id);
  if (pool) return pool;
  throw new ApiError('ResourceNotFoundException', `User pool ${id} does not exist.`);
}

function userOf(pool: Pool, username: string): User {
  const found = pool.users.find(nameOf(username));
  if (found) return found;
  throw new ApiError('UserNotFoundException', 'User does not exist.');
}

function nameOf(username: string): string {
  try {
    return parseUsername(username.replace(/@.*$/, ''));
  } catch (error) {
    if (error instanceof NameError) throw new ApiError('InvalidParameterException', error.message);
    throw error;
  }
}
