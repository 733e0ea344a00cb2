import type { PostAuthenticationTriggerEvent, PreSignUpTriggerEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { testStorage } from '#test/support/engines.ts';
import { handler as preSignUp } from './pre-sign-up.ts';

const storage = testStorage('dynoxide');
let signedIn: typeof import('./post-authentication.ts').handler;

beforeAll(async () => {
  ({ handler: signedIn } = await import('./post-authentication.ts'));
});

/** As Cognito sends it. */
const trigger = {
  version: '1',
  region: 'us-east-1',
  userPoolId: 'us-east-1_pool',
  callerContext: { awsSdkVersion: '3', clientId: 'page' },
};

async function signIn(userAttributes: Record<string, string>, userName = 'user-name') {
  const event: PostAuthenticationTriggerEvent = {
    ...trigger,
    triggerSource: 'PostAuthentication_Authentication',
    userName,
    request: { userAttributes, newDeviceUsed: false },
    response: {},
  };
  // Cognito fails a sign-in whose trigger answers anything but the event.
  expect(await signedIn(event)).toEqual(event);
}

describe('signing in', () => {
  it('the first time makes the profile, the room that everybody is in, and the membership', async () => {
    await signIn({ sub: 'alice-sub', name: 'Alice', email: 'alice@example.com' });
    expect(await storage().people.read('alice-sub')).toMatchObject({ name: 'Alice' });
    const { room, member } = await storage().rooms.readForSend('general', 'alice-sub');
    expect(room).toMatchObject({
      name: 'General',
      visibility: 'public',
      mode: 'open',
      shardCounts: [{ shards: 1, from: 0 }],
    });
    expect(member).toMatchObject({ name: 'Alice', role: 'member', readSeq: 0 });
  });

  it('again changes neither name nor membership', async () => {
    await signIn({ sub: 'bob-sub', name: 'Bob' });
    await signIn({ sub: 'bob-sub', name: 'Robert' });
    expect(await storage().people.read('bob-sub')).toMatchObject({ name: 'Bob' });
    expect(await storage().rooms.readMember('general', 'bob-sub')).toMatchObject({ name: 'Bob' });
  });

  it('by many people at once makes one room', async () => {
    const subs = Array.from({ length: 10 }, (_, index) => `crowd-${index}`);
    await Promise.all(subs.map((sub) => signIn({ sub, name: sub })));
    for (const sub of subs)
      expect(await storage().rooms.readMember('general', sub)).toMatchObject({ name: sub });
  });

  it.each([
    [{ name: 'Given', email: 'local@example.com' }, 'Given'],
    [{ email: 'local@example.com' }, 'local'],
    [{ name: '', email: 'local@example.com' }, 'local'],
    [{}, 'user-name'],
    [{ name: 'x'.repeat(100) }, 'x'.repeat(64)],
  ])('of %j is shown as %j', async (attributes, name) => {
    const sub = `shown-${JSON.stringify(attributes).slice(0, 40)}`;
    await signIn({ sub, ...attributes });
    expect(await storage().people.read(sub)).toMatchObject({ name });
  });

  it('cuts a long name between characters', async () => {
    await signIn({ sub: 'cut', name: `${'x'.repeat(63)}🙂` });
    const person = await storage().people.read('cut');
    expect(person?.name.isWellFormed()).toBe(true);
    expect(person?.name.startsWith('x'.repeat(63))).toBe(true);
  });

  it('without a subject is refused, and nothing written', async () => {
    await expect(signIn({ name: 'Nobody' })).rejects.toThrow();
    expect(await storage().people.read('user-name')).toBeUndefined();
  });
});

it('signing up is confirmed at once, where a deployment chose that; the address is not called verified', async () => {
  const event: PreSignUpTriggerEvent = {
    ...trigger,
    triggerSource: 'PreSignUp_SignUp',
    userName: 'dave',
    request: { userAttributes: { email: 'dave@example.com' } },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  };
  const { response } = await preSignUp(event);
  expect(response).toEqual({ autoConfirmUser: true, autoVerifyEmail: false, autoVerifyPhone: false });
});
