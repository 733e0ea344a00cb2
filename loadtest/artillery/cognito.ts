import { setTimeout as sleep } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { z } from 'zod';

/** As every client of the SDK has it resolved: from the environment, a profile, a role. */
type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

/** Cognito refused a call. `code` is its exception's name. */
export class CognitoError extends Error {
  override readonly name = 'CognitoError';
  readonly code: string;
  constructor(operation: string, code: string, message: string) {
    super(`Cognito's ${operation}: ${code}: ${message}`);
    this.code = code;
  }
}

const failure = z.object({ __type: z.string(), message: z.string().default('') });
const created = z.object({
  User: z.object({
    Username: z.string(),
    Attributes: z.array(z.object({ Name: z.string(), Value: z.string() })),
  }),
});
const signedIn = z.object({ AuthenticationResult: z.object({ AccessToken: z.string() }) });

const mostTries = 8;

/** A user pool, as its administrator: four calls, for which a whole SDK client is not worth its megabytes. */
export class UserPool {
  readonly #id: string;
  readonly #clientId: string;
  readonly #endpoint: URL;
  readonly #signer: SignatureV4;

  /** The region is that of the pool's id. `AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER` is honoured, as by the SDK. */
  constructor(id: string, clientId: string, credentials: Credentials) {
    const region = id.replace(/_.*$/, '');
    this.#id = id;
    this.#clientId = clientId;
    this.#endpoint = new URL(
      process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER ?? `https://cognito-idp.${region}.amazonaws.com`,
    );
    this.#signer = new SignatureV4({ service: 'cognito-idp', region, credentials, sha256: Sha256 });
  }

  /** Nothing is mailed. Returns the `sub`, and the name that Cognito gave the user. */
  async create(email: string, name: string): Promise<{ username: string; userId: string }> {
    const { User } = created.parse(
      await this.#call('AdminCreateUser', {
        Username: email,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: email },
          { Name: 'email_verified', Value: 'true' },
          { Name: 'name', Value: name },
        ],
      }),
    );
    const userId = User.Attributes.find(({ Name }) => Name === 'sub')?.Value ?? User.Username;
    return { username: User.Username, userId };
  }

  async setPassword(username: string, password: string): Promise<void> {
    await this.#call('AdminSetUserPassword', { Username: username, Password: password, Permanent: true });
  }

  /** Returns an access token. */
  async signIn(username: string, password: string): Promise<string> {
    const answer = await this.#call('AdminInitiateAuth', {
      ClientId: this.#clientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    });
    return signedIn.parse(answer).AuthenticationResult.AccessToken;
  }

  async remove(username: string): Promise<void> {
    await this.#call('AdminDeleteUser', { Username: username });
  }

  /** Cognito allows some 50 of these calls a second, and throttles beyond ("Quotas in Amazon Cognito"). */
  async #call(operation: string, input: object): Promise<unknown> {
    for (let tried = 1; ; tried++) {
      const response = await this.#send(operation, JSON.stringify({ UserPoolId: this.#id, ...input }));
      const body: unknown = await response.json().catch(() => ({}));
      if (response.ok) return body;
      const { __type = `HTTP ${response.status}`, message = '' } = failure.safeParse(body).data ?? {};
      const passing = response.status >= 500 || __type.endsWith('TooManyRequestsException');
      if (!passing || tried === mostTries) throw new CognitoError(operation, __type, message);
      await sleep(Math.random() * Math.min(10_000, 200 * 2 ** tried));
    }
  }

  async #send(operation: string, body: string): Promise<Response> {
    const { hostname, port, protocol, host, href } = this.#endpoint;
    const { headers } = await this.#signer.sign(
      new HttpRequest({
        method: 'POST',
        protocol,
        hostname,
        ...(port && { port: Number(port) }),
        path: '/',
        headers: {
          host,
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        },
        body,
      }),
    );
    return await fetch(href, { method: 'POST', headers, body });
  }
}
