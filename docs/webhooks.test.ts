import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookPayload } from '#shared/contract/http.ts';
import { limits } from '#shared/contract/limits.ts';
import { signatureOf } from '../services/webhooks/signature.ts';

const page = readFileSync(join(import.meta.dirname, 'webhooks.md'), 'utf8');
const blockOf = (language: string) =>
  page.match(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``))?.[1] ?? '';

describe('the page for those who receive webhooks', () => {
  const secret = `whsec_${Buffer.from('a key that nobody guesses').toString('base64')}`;
  const id = 'msg_1';
  const body = '{"text":"é"}';
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-webhooks-'));
  let verified: (body: Buffer, headers: Record<string, string>, secret: string) => unknown;

  beforeAll(async () => {
    const file = join(folder, 'verify.mjs');
    writeFileSync(file, blockOf('js'));
    ({ verified } = await import(pathToFileURL(file).href));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The headers of a post that was made `age` seconds ago. */
  function headersOf(age: number) {
    const timestamp = Math.floor(Date.now() / 1_000) - age;
    const signature = signatureOf(body, { secret, id, timestamp });
    return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
  }

  it('has code that takes what is signed as we sign, in fifteen lines', () => {
    expect(verified(Buffer.from(body), headersOf(0), secret)).toEqual({ text: 'é' });
    expect(blockOf('js').split('\n').length).toBeLessThanOrEqual(18);
    const rotated = { ...headersOf(0) };
    rotated['webhook-signature'] = `v1,bm9uZQ== ${rotated['webhook-signature']}`;
    expect(verified(Buffer.from(body), rotated, secret)).toEqual({ text: 'é' });
  });

  it('has code that refuses another body, another id, another secret, old posts and unsigned ones', () => {
    const taken =
      (what: string, headers: Record<string, string>, by = secret) =>
      () =>
        verified(Buffer.from(what), headers, by);
    expect(taken('{}', headersOf(0))).toThrow(/signature/);
    expect(taken(body, { ...headersOf(0), 'webhook-id': 'msg_2' })).toThrow(/signature/);
    expect(taken(body, headersOf(0), 'whsec_bm9uZQ==')).toThrow(/signature/);
    expect(taken(body, { ...headersOf(0), 'webhook-signature': 'v1,' })).toThrow(/signature/);
    expect(taken(body, headersOf(301))).toThrow(/old/);
    expect(taken(body, headersOf(-301))).toThrow(/old/);
    expect(taken(body, {})).toThrow(/Unsigned/);
  });

  it('shows a payload as it is', () => {
    const shown = JSON.parse(blockOf('json'));
    expect(webhookPayload.parse(shown)).toEqual(shown);
    expect(Date.parse(shown.timestamp)).toBe(shown.data.message.at);
  });

  it('tells the limits', () => {
    expect([limits.webhooks, limits.webhookFailures]).toEqual([5, 10]);
    expect(page).toContain('at most five');
    expect(page).toContain('After ten messages in a row');
  });
});

it('signs as the example of Standard Webhooks does', () => {
  // Of its libraries' tests ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").
  const body = '{"test": 2432232314}';
  const signing = {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
  };
  expect(signatureOf(body, signing)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});
