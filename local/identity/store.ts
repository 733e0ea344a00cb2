import { join } from 'node:path';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { z } from 'zod';
import { JsonFile } from './json-file.ts';

interface Entry {
  payload: AdapterPayload;
  /** ms since the epoch */
  expiresAt: number;
}

const entry: z.ZodType<Entry> = z.object({
  payload: z.record(z.string(), z.unknown()),
  expiresAt: z.number(),
});

/** What a page needs to stay signed in over a restart of the local cloud; the rest is of minutes. */
const kept = new Set(['RefreshToken', 'Grant']);

/** What oidc-provider remembers of one pool: sign-ins under way, codes, refresh tokens. */
export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #file: JsonFile<[string, Entry][]>;

  constructor(folder: string) {
    const path = join(folder, 'refresh-tokens.json');
    const saved = JsonFile.read(path, z.array(z.tuple([z.string(), entry]))) ?? [];
    this.#entries = new Map(saved);
    this.#file = new JsonFile(path, () => [...this.#live()].filter(([key]) => kept.has(modelOf(key))));
  }

  /** The adapter of one of oidc-provider's models, by the model's name. */
  adapter(model: string): Adapter {
    const key = (id: string) => `${model}:${id}`;
    const entries = this.#entries;
    const changed = async () => {
      if (kept.has(model)) await this.#file.save();
    };
    const find = async (id: string) => {
      const found = entries.get(key(id));
      return found && found.expiresAt > Date.now() ? found.payload : undefined;
    };
    return {
      find,
      async upsert(id, payload, expiresIn) {
        entries.set(key(id), { payload, expiresAt: Date.now() + (expiresIn ?? 0) * 1000 });
        await changed();
      },
      async consume(id) {
        const found = entries.get(key(id));
        if (found) found.payload.consumed = Math.floor(Date.now() / 1000);
        await changed();
      },
      async destroy(id) {
        entries.delete(key(id));
        await changed();
      },
      async revokeByGrantId(grantId) {
        for (const [name, { payload }] of entries) {
          if (modelOf(name) === model && payload.grantId === grantId) entries.delete(name);
        }
        await changed();
      },
      // Sessions are not looked up by uid (there are none that last), and there is no device flow.
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
    };
  }

  #live(): Map<string, Entry> {
    const now = Date.now();
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= now) this.#entries.delete(key);
    return this.#entries;
  }
}

function modelOf(key: string): string {
  return key.slice(0, key.indexOf(':'));
}
