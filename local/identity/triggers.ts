import { z } from 'zod';
import { region } from '../aws.ts';
import type { Invoker } from '../lambda/invoker.ts';
import type { LambdaConfig } from './properties.ts';
import { type User, userAttributes } from './users.ts';

/** A trigger refused, or failed. `message` is Cognito's own, which its page shows to the person who signs in. */
export class TriggerError extends Error {
  override readonly name = 'TriggerError';
}

const preSignUpResponse = z.object({
  autoConfirmUser: z.boolean().optional(),
  autoVerifyEmail: z.boolean().optional(),
});

const claims = z.record(z.string(), z.json());
const generation = z.object({
  claimsToAddOrOverride: claims.nullish(),
  claimsToSuppress: z.array(z.string()).nullish(),
});
const groups = z.object({ groupsToOverride: z.array(z.string()).nullish() });

const preTokenResponseV1 = z.object({
  claimsOverrideDetails: generation.extend({ groupOverrideDetails: groups.nullish() }).nullish(),
});
const preTokenResponseV2 = z.object({
  claimsAndScopeOverrideDetails: z
    .object({
      idTokenGeneration: generation.nullish(),
      accessTokenGeneration: generation
        .extend({
          scopesToAdd: z.array(z.string()).nullish(),
          scopesToSuppress: z.array(z.string()).nullish(),
        })
        .nullish(),
      groupOverrideDetails: groups.nullish(),
    })
    .nullish(),
});

/** What a pre-token-generation function changes, in the words of its second version. */
export type TokenOverrides = NonNullable<z.infer<typeof preTokenResponseV2>['claimsAndScopeOverrideDetails']>;

/** Why a token is made: managed login, Cognito's own API, or a refresh token. */
export type TokenSource =
  | 'TokenGeneration_HostedAuth'
  | 'TokenGeneration_Authentication'
  | 'TokenGeneration_RefreshTokens';

/**
 * A pool's Lambda triggers, called with the events of "Customizing user pool workflows with Lambda triggers". A
 * trigger that the pool does not name does nothing. Cognito's limit of 5 s for an answer is left to the function's
 * own timeout.
 */
export class Triggers {
  readonly #invoker: Invoker;
  readonly #poolId: string;
  readonly #config: LambdaConfig;

  constructor(invoker: Invoker, poolId: string, config: LambdaConfig) {
    this.#invoker = invoker;
    this.#poolId = poolId;
    this.#config = config;
  }

  async preSignUp(user: User, clientId: string): Promise<z.infer<typeof preSignUpResponse>> {
    const { email, name } = user;
    const response = await this.#run('PreSignUp', this.#config.PreSignUp, {
      triggerSource: 'PreSignUp_SignUp',
      user,
      clientId,
      request: { userAttributes: { email, name }, validationData: null },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    });
    return response === undefined ? {} : understood('PreSignUp', preSignUpResponse, response);
  }

  async postConfirmation(user: User, clientId: string): Promise<void> {
    await this.#run('PostConfirmation', this.#config.PostConfirmation, {
      triggerSource: 'PostConfirmation_ConfirmSignUp',
      user,
      clientId,
      request: { userAttributes: userAttributes(user) },
      response: {},
    });
  }

  async preAuthentication(user: User, clientId: string): Promise<void> {
    await this.#run('PreAuthentication', this.#config.PreAuthentication, {
      triggerSource: 'PreAuthentication_Authentication',
      user,
      clientId,
      request: { userAttributes: userAttributes(user), validationData: null },
      response: {},
    });
  }

  async postAuthentication(user: User, clientId: string): Promise<void> {
    await this.#run('PostAuthentication', this.#config.PostAuthentication, {
      triggerSource: 'PostAuthentication_Authentication',
      user,
      clientId,
      request: { userAttributes: userAttributes(user), newDeviceUsed: false },
      response: {},
    });
  }

  async preTokenGeneration(
    user: User,
    clientId: string,
    source: TokenSource,
    scopes: string[],
  ): Promise<TokenOverrides> {
    const { PreTokenGeneration, PreTokenGenerationConfig } = this.#config;
    const fn = PreTokenGenerationConfig?.LambdaArn ?? PreTokenGeneration;
    const version = PreTokenGenerationConfig?.LambdaVersion === 'V2_0' ? '2' : '1';
    const request = {
      userAttributes: userAttributes(user),
      groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null },
    };
    const response = await this.#run('PreTokenGeneration', fn, {
      version,
      triggerSource: source,
      user,
      clientId,
      request: version === '2' ? { ...request, scopes } : request,
      response: version === '2' ? { claimsAndScopeOverrideDetails: null } : { claimsOverrideDetails: null },
    });
    if (response === undefined) return {};
    if (version === '2') {
      return (
        understood('PreTokenGeneration', preTokenResponseV2, response).claimsAndScopeOverrideDetails ?? {}
      );
    }
    const details = understood('PreTokenGeneration', preTokenResponseV1, response).claimsOverrideDetails;
    return { idTokenGeneration: details, groupOverrideDetails: details?.groupOverrideDetails };
  }

  async #run(
    trigger: string,
    fn: string | undefined,
    call: {
      version?: string;
      triggerSource: string;
      user: User;
      clientId: string;
      request: object;
      response: object;
    },
  ): Promise<unknown> {
    if (!fn) return undefined;
    const result = await this.#invoker.invoke(fn, {
      version: call.version ?? '1',
      region,
      userPoolId: this.#poolId,
      userName: call.user.username,
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: call.clientId },
      triggerSource: call.triggerSource,
      request: call.request,
      response: call.response,
    });
    if (!result.ok) throw new TriggerError(`${trigger} failed with error ${result.errorMessage}.`);
    return understood(trigger, z.object({ response: z.unknown() }), result.payload).response ?? {};
  }
}

/** Cognito refuses a function that does not return its event: "Unrecognizable lambda output". */
function understood<T>(trigger: string, schema: z.ZodType<T>, output: unknown): T {
  const parsed = schema.safeParse(output);
  if (parsed.success) return parsed.data;
  throw new TriggerError(`${trigger} invocation failed due to error Unrecognizable lambda output.`);
}
