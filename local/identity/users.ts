import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { JsonFile } from './json-file.ts';

/** The people who can sign in from the start, as if an administrator had created them. */
export const accounts = ['alice', 'bob', 'carol'] as const;

const user = z.object({
  username: z.string(),
  sub: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  name: z.string(),
  /** ISO 8601 */
  created: z.string(),
});

export type User = z.infer<typeof user>;

/** A name that nobody can have. `message` is for the person who typed it. */
export class NameError extends Error {
  override readonly name = 'NameError';
}

/** The users of one pool, kept in its folder. */
export class Users {
  readonly #poolId: string;
  readonly #byUsername = new Map<string, User>();
  readonly #bySub = new Map<string, User>();
  readonly #file: JsonFile<User[]>;

  constructor(poolId: string, folder: string) {
    this.#poolId = poolId;
    const path = join(folder, 'users.json');
    this.#file = new JsonFile(path, () => [...this.#byUsername.values()]);
    for (const kept of JsonFile.read(path, z.array(user)) ?? []) this.#add(kept);
    for (const name of accounts) if (!this.find(name)) this.#add(this.draft(name, true));
  }

  find(username: string): User | undefined {
    return this.#byUsername.get(username);
  }

  findBySub(sub: string): User | undefined {
    return this.#bySub.get(sub);
  }

  /** A user as it would be saved. The sub depends on pool and name alone, so that it survives `--fresh`. */
  draft(username: string, emailVerified: boolean): User {
    const sub = uuidFrom(`${this.#poolId}/${username}`);
    return {
      username,
      sub,
      email: `${isPlainMailbox(username) ? username : sub}@example.com`,
      emailVerified,
      name: username,
      created: new Date().toISOString(),
    };
  }

  async save(added: User): Promise<void> {
    this.#add(added);
    await this.#file.save();
  }

  /** Forgets a user. Returns whether there was one. */
  async remove(username: string): Promise<boolean> {
    const removed = this.#byUsername.get(username);
    if (!removed) return false;
    this.#byUsername.delete(username);
    this.#bySub.delete(removed.sub);
    await this.#file.save();
    return true;
  }

  #add(added: User): void {
    this.#byUsername.set(added.username, added);
    this.#bySub.set(added.sub, added);
  }
}

/**
 * The username in what somebody typed: trimmed, 1–40 letters of any script, digits, `.`, `_` and `-`. No spaces: a
 * Cognito username has none (CreateUser: `[\p{L}\p{M}\p{S}\p{N}\p{P}]+`). Throws `NameError`.
 */
export function parseUsername(typed: string): string {
  const name = typed.normalize('NFC').trim();
  if (!/^[\p{L}\p{M}\p{N}._-]{1,40}$/u.test(name) || !/[\p{L}\p{N}]/u.test(name)) {
    throw new NameError('A name has 1 to 40 letters, digits, dots, hyphens or underscores, and no spaces.');
  }
  return name;
}

/** The attributes as a trigger sees them once the user is confirmed: strings all. */
export function userAttributes(of: User): Record<string, string> {
  return {
    sub: of.sub,
    'cognito:user_status': 'CONFIRMED',
    email: of.email,
    email_verified: String(of.emailVerified),
    name: of.name,
  };
}

/** A UUID (version 8, RFC 9562: custom) that depends on `seed` alone. */
export function uuidFrom(seed: string): string {
  const bytes = createHash('sha256').update(seed).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Whether every e-mail validator takes `<name>@example.com`: a name may be in Greek, or end in a dot. */
function isPlainMailbox(name: string): boolean {
  return /^[a-z0-9]+([._-][a-z0-9]+)*$/i.test(name);
}
