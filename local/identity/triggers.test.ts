import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from './test-browser.ts';
import { callback, functions, TestCloud, uuid } from './test-cloud.ts';

let cloud: TestCloud;

beforeEach(async () => {
  cloud = await TestCloud.start();
});

afterEach(async () => {
  await cloud.stop();
  await cloud.removeData();
});

describe('triggers', () => {
  const triggers = {
    LambdaConfig: {
      PreSignUp: functions.preSignUp,
      PostConfirmation: functions.postConfirmation,
      PreAuthentication: functions.preAuthentication,
      PostAuthentication: functions.postAuthentication,
    },
  };

  beforeEach(async () => {
    cloud = await cloud.again(triggers);
  });

  it('run once for a new name in the documented order, and of a known one only those of signing in', async () => {
    await cloud.signInByPage('dave');
    expect(cloud.invoker.called()).toEqual([
      'preSignUp',
      'postConfirmation',
      'preAuthentication',
      'postAuthentication',
    ]);
    await cloud.signInByPage('dave');
    await cloud.signInByPage('alice');
    expect(cloud.invoker.called().slice(4)).toEqual([
      'preAuthentication',
      'postAuthentication',
      'preAuthentication',
      'postAuthentication',
    ]);
  });

  it("get Cognito's events", async () => {
    await cloud.signInByPage('dave');
    const [preSignUp, postConfirmation, , postAuthentication] = cloud.invoker.calls.map(({ event }) => event);
    const common = {
      version: '1',
      region: 'us-east-1',
      userPoolId: cloud.poolId,
      userName: 'dave',
      callerContext: { awsSdkVersion: expect.any(String), clientId: cloud.clientId },
    };
    expect(preSignUp).toEqual({
      ...common,
      triggerSource: 'PreSignUp_SignUp',
      request: { userAttributes: { email: 'dave@example.com', name: 'dave' }, validationData: null },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    });
    const userAttributes = {
      sub: expect.stringMatching(uuid),
      'cognito:user_status': 'CONFIRMED',
      email: 'dave@example.com',
      email_verified: 'true',
      name: 'dave',
    };
    expect(postConfirmation).toEqual({
      ...common,
      triggerSource: 'PostConfirmation_ConfirmSignUp',
      request: { userAttributes },
      response: {},
    });
    expect(postAuthentication).toEqual({
      ...common,
      triggerSource: 'PostAuthentication_Authentication',
      request: { userAttributes, newDeviceUsed: false },
      response: {},
    });
  });

  it('leave an address unverified that was confirmed without a code', async () => {
    cloud.invoker.answers.set(functions.preSignUp, (event) => ({
      ok: true,
      payload: { ...event, response: { autoConfirmUser: true, autoVerifyEmail: false } },
    }));
    const { tokens } = await cloud.signInByPage('dave');
    expect((await cloud.verify(tokens.body.id_token)).payload.email_verified).toBe(false);
  });

  it('refuse a sign-up, with the message on the page and no user left behind', async () => {
    cloud.invoker.answers.set(functions.preSignUp, () => ({
      ok: false,
      errorType: 'Error',
      errorMessage: 'no <b>daves</b>',
    }));
    const browser = new Browser();
    const page = await browser.authorize(cloud, { redirectUri: callback, scope: 'openid' });
    const answer = await browser.post(page.url, { username: 'dave' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('PreSignUp failed with error no &lt;b&gt;daves&lt;/b&gt;.');

    cloud.invoker.answers.delete(functions.preSignUp);
    await browser.finish(page.url, 'dave', callback);
    expect(cloud.invoker.called().filter((fn) => fn === 'preSignUp')).toHaveLength(2);
  });

  it('fail a sign-in when PostAuthentication fails', async () => {
    cloud.invoker.answers.set(functions.postAuthentication, () => ({
      ok: false,
      errorType: 'Error',
      errorMessage: 'no table',
    }));
    await expect(cloud.identity.accessToken('alice')).rejects.toThrow(
      'PostAuthentication failed with error no table.',
    );
  });

  it('must return their event, as Cognito demands', async () => {
    cloud.invoker.answers.set(functions.postAuthentication, () => ({ ok: true, payload: null }));
    await expect(cloud.identity.accessToken('alice')).rejects.toThrow('Unrecognizable lambda output');
  });

  it('sign one new name up once when two windows give it at once', async () => {
    await Promise.all([cloud.identity.accessToken('dave'), cloud.identity.accessToken('dave')]);
    expect(cloud.invoker.called().filter((fn) => fn === 'preSignUp')).toHaveLength(1);
  });

  it('change tokens before they are signed, but not whose they are', async () => {
    cloud = await cloud.again({
      LambdaConfig: { PreTokenGenerationConfig: { LambdaArn: functions.preToken, LambdaVersion: 'V2_0' } },
    });
    cloud.invoker.answers.set(functions.preToken, (event) => ({
      ok: true,
      payload: {
        ...event,
        response: {
          claimsAndScopeOverrideDetails: {
            idTokenGeneration: {
              claimsToAddOrOverride: { team: 'blue', sub: 'x' },
              claimsToSuppress: ['email'],
            },
            accessTokenGeneration: {
              claimsToAddOrOverride: { plan: 'free', client_id: 'x' },
              scopesToAdd: ['rooms/read'],
            },
            groupOverrideDetails: { groupsToOverride: ['admins'] },
          },
        },
      },
    }));
    const { tokens } = await cloud.signInByPage('alice');
    const access = (await cloud.verify(tokens.body.access_token)).payload;
    const id = (await cloud.verify(tokens.body.id_token)).payload;
    expect(access).toMatchObject({
      plan: 'free',
      client_id: cloud.clientId,
      scope: 'openid profile email rooms/read',
      'cognito:groups': ['admins'],
    });
    expect(id).toMatchObject({ team: 'blue', sub: access.sub, 'cognito:groups': ['admins'] });
    expect(id.email).toBeUndefined();
    const event = cloud.invoker.calls.at(-1)?.event;
    expect(event).toMatchObject({ version: '2', triggerSource: 'TokenGeneration_HostedAuth' });
    expect(event?.request).toMatchObject({ scopes: ['openid', 'profile', 'email'] });

    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token };
    await cloud.exchange(refresh);
    expect(cloud.invoker.calls.at(-1)?.event.triggerSource).toBe('TokenGeneration_RefreshTokens');
    cloud.invoker.answers.set(functions.preToken, () => ({
      ok: false,
      errorType: 'Error',
      errorMessage: 'no',
    }));
    expect(await cloud.exchange(refresh)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request', error_description: 'PreTokenGeneration failed with error no.' },
    });
  });
});
