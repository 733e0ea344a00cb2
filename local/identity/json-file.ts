import { mkdirSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';

/** A file under the data folder holds something else than what the local cloud wrote there. */
class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';
}

/**
 * One JSON document on disk. Writes replace the file as a whole, so that a killed process leaves the old or the new
 * content; calls that come while a write is under way share the next one, so that a thousand new users cost a few
 * writes.
 */
export class JsonFile<T> {
  readonly #path: string;
  readonly #content: () => T;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `content` is asked for at the moment of each write. */
  constructor(path: string, content: () => T) {
    this.#path = path;
    this.#content = content;
    mkdirSync(dirname(path), { recursive: true });
  }

  /** What was saved last, or undefined where nothing was. Throws `DamagedFileError`. */
  static read<T>(path: string, schema: z.ZodType<T>): T | undefined {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new DamagedFileError(`${path} is damaged: start with --fresh, or delete it.`, { cause });
    }
  }

  /** Resolves when everything that was in the content at the time of the call is on disk. */
  save(): Promise<void> {
    this.#next ??= this.#after(this.#writing);
    return this.#next;
  }

  async #after(previous: Promise<void>): Promise<void> {
    // The failure of an earlier write was its own caller's to hear of.
    await previous.catch(() => undefined);
    this.#next = undefined;
    this.#writing = this.#write();
    await this.#writing;
  }

  async #write(): Promise<void> {
    const unfinished = `${this.#path}.new`;
    await writeFile(unfinished, JSON.stringify(this.#content()), { mode: 0o600 });
    await rename(unfinished, this.#path);
  }
}
