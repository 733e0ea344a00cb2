import { describe, expect, it, vi } from 'vitest';
import type { Status } from './index.ts';
import { eventually, session } from './test-session.ts';
import { backoffMs, defaultTiming } from './timing.ts';

const here = session();

describe('the connection', () => {
  it('offers the subprotocol and the token, and tells its states', async () => {
    const client = here.client({ token: async () => 'a.b-c_d' });
    const states: Status['state'][] = [client.status.state];
    client.on('status', ({ state }) => states.push(state));
    await eventually(() => expect(client.status.state).toBe('online'));
    expect(here.server.tokens).toEqual(['a.b-c_d']);
    here.server.cut();
    await eventually(() =>
      expect(states).toEqual(['connecting', 'online', 'offline', 'connecting', 'online']),
    );
    client.close();
    expect(client.status.state).toBe('closed');
    await eventually(() => expect(here.server.connections).toBe(0));
  });

  it('takes a fresh token and URL each time', async () => {
    let tokens = 0;
    const url = vi.fn(async () => here.server.url);
    const client = here.client({ url, token: async () => `token-${++tokens}` });
    await eventually(() => expect(client.status.state).toBe('online'));
    here.server.cut();
    await eventually(() => expect(here.server.tokens).toEqual(['token-1', 'token-2']));
    expect(url).toHaveBeenCalledTimes(2);
  });

  it('backs off while upgrades are refused, and says when it tries again', async () => {
    here.server.refuseWith = 403;
    const client = here.client();
    const retries: number[] = [];
    client.on('status', (status) => status.state === 'offline' && retries.push(status.retryAt - Date.now()));
    await eventually(() => expect(here.server.tokens.length).toBeGreaterThan(3));
    for (const delay of retries) expect(delay).toBeLessThanOrEqual(80);
    here.server.refuseWith = undefined;
    await eventually(() => expect(client.status.state).toBe('online'));
  });

  it('goes on when no token can be had, and says so', async () => {
    const token = vi.fn(async () => 'late-token').mockRejectedValueOnce(new Error('sign in again'));
    const client = here.client({ token });
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    await eventually(() => expect(client.status.state).toBe('online'));
    expect(errors).toEqual(['sign in again']);
  });

  it('gives up an attempt that takes too long', async () => {
    const token = vi.fn(async () => 'token').mockReturnValueOnce(new Promise(() => undefined));
    const client = here.client({ token, timing: { connectTimeoutMs: 200 } });
    await eventually(() => expect(client.status.state).toBe('online'));
    expect(token.mock.calls.length).toBeGreaterThan(1);
  });

  it('stays closed', async () => {
    here.server.refuseWith = 401;
    const client = here.client();
    await eventually(() => expect(client.status.state).toBe('offline'));
    client.close();
    const tried = here.server.tokens.length;
    here.server.refuseWith = undefined;
    // Far more attempts would fit into this time if one were still planned.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(here.server.tokens).toHaveLength(tried);
    expect(() => client.join('general')).toThrow('closed');
  });
});

describe('the heartbeat', () => {
  it('pings after silence, and keeps a socket that answers', async () => {
    const client = here.client({ timing: { pingAfterMs: 20, pongTimeoutMs: 5_000 } });
    const pings = () => here.server.frames.filter(({ action }) => action === 'ping').length;
    await eventually(() => expect(pings()).toBeGreaterThan(2));
    expect(client.status.state).toBe('online');
    expect(here.server.tokens).toHaveLength(1);
  });

  it('leaves a socket that does not answer', async () => {
    here.server.intercept = ({ action }) => (action === 'ping' ? 'silence' : undefined);
    here.client({ timing: { pingAfterMs: 20, pongTimeoutMs: 20 } });
    await eventually(() => expect(here.server.tokens.length).toBeGreaterThan(1));
  });
});

describe("the browser's word on the network", () => {
  it('connects at once when the network is back', async () => {
    const network = new EventTarget();
    vi.stubGlobal('addEventListener', network.addEventListener.bind(network));
    vi.stubGlobal('removeEventListener', network.removeEventListener.bind(network));
    try {
      const client = here.client({ timing: { backoffBaseMs: 10 ** 8, backoffCapMs: 10 ** 8 } });
      await eventually(() => expect(client.status.state).toBe('online'));
      network.dispatchEvent(new Event('offline'));
      expect(client.status.state).toBe('offline');
      network.dispatchEvent(new Event('online'));
      await eventually(() => expect(client.status.state).toBe('online'));
      client.close();
      network.dispatchEvent(new Event('online'));
      expect(client.status.state).toBe('closed');
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('a page that is looked at again', () => {
  it('asks whether the server is still there', async () => {
    const page = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
    vi.stubGlobal('document', page);
    try {
      const client = here.client();
      await eventually(() => expect(client.status.state).toBe('online'));
      page.dispatchEvent(new Event('visibilitychange'));
      page.visibilityState = 'visible';
      page.dispatchEvent(new Event('visibilitychange'));
      await eventually(() => expect(here.server.frames).toEqual([{ action: 'ping' }]));
      expect(client.status.state).toBe('online');
      client.close();
      page.dispatchEvent(new Event('visibilitychange'));
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('backoff', () => {
  it('is random up to a bound that doubles to the cap', () => {
    const bounds = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (const [attempt, bound] of bounds.entries()) {
      const delays = Array.from({ length: 200 }, () => backoffMs(attempt, defaultTiming));
      expect(Math.max(...delays)).toBeLessThanOrEqual(bound);
      expect(Math.max(...delays)).toBeGreaterThan(bound / 2);
      expect(Math.min(...delays)).toBeLessThan(bound / 2);
    }
  });
});
