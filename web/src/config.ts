/** What the page must know of its deployment. The web stack writes it beside the page. */
export interface Config {
  issuer: string;
  clientId: string;
  webSocketUrl: string;
  signOutUrl: string;
}

/** `/config.json` is missing, or is not what this page needs. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Fetches `/config.json`, never from a cache: a new deployment may have changed it. Rejects with `ConfigError`. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('/config.json', { cache: 'no-cache' }).catch(() => undefined);
  if (!response) throw new ConfigError('The server cannot be reached.');
  if (!response.ok) throw new ConfigError(`/config.json: the server answered ${response.status}.`);
  return parseConfig(await response.text());
}

export function parseConfig(text: string): Config {
  return {
    issuer: field('issuer', text),
    clientId: field('clientId', text),
    webSocketUrl: field('webSocketUrl', text),
    signOutUrl: field('signOutUrl', text),
  };
}

function field(name: keyof Config, text: string): string {
  const config = json(text);
  const value = typeof config === 'object' && config !== null && Reflect.get(config, name);
  if (typeof value !== 'string' || value === '') throw new ConfigError(`/config.json has no "${name}".`);
  return value;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // CloudFront answers a missing file with the page itself, where that is set up for deep links.
    throw new ConfigError('/config.json is not JSON.');
  }
}
