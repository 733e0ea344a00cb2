import { type FileHandle, open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';

/** How often the file is looked at. Polling sees truncation and replacement alike, on every file system. */
const intervalMs = 150;

/** Bytes at a file's end in which its last lines are looked for. */
const tailBytes = 256 * 1024;

/**
 * The last `count` lines of a file, then each line as it is completed, for ever. A file that is truncated is read on
 * from its start, and one that is removed or replaced from the start of the next of its name.
 */
export async function* tail(file: string, count: number): AsyncGenerator<string> {
  let reader = await Reader.open(file, { fromEnd: tailBytes });
  yield* (await reader.lines()).slice(-count);
  for (;;) {
    await delay(intervalMs);
    yield* await reader.lines();
    // The old file stays open until now, so that its inode is not given to the new one.
    if (await reader.isReplaced()) {
      await reader.close();
      reader = await Reader.open(file, { fromEnd: Number.POSITIVE_INFINITY });
    }
  }
}

/** Reads an open file's complete lines, from where it stopped the last time. */
class Reader {
  readonly #file: string;
  readonly #handle: FileHandle;
  #position: number;
  #decoder = new StringDecoder('utf8');
  #partial = '';

  static async open(file: string, { fromEnd }: { fromEnd: number }): Promise<Reader> {
    const handle = await open(file);
    return new Reader(file, handle, Math.max(0, (await handle.stat()).size - fromEnd));
  }

  private constructor(file: string, handle: FileHandle, position: number) {
    this.#file = file;
    this.#handle = handle;
    this.#position = position;
  }

  async lines(): Promise<string[]> {
    const { size } = await this.#handle.stat();
    if (size < this.#position) this.#restart();
    const { buffer, bytesRead } = await this.#handle.read({
      buffer: Buffer.alloc(size - this.#position),
      position: this.#position,
    });
    this.#position += bytesRead;
    const lines = (this.#partial + this.#decoder.write(buffer.subarray(0, bytesRead))).split('\n');
    this.#partial = lines.pop() ?? '';
    return lines;
  }

  /** Whether another file has the name now. While none has it, this one is read on. */
  async isReplaced(): Promise<boolean> {
    const now = await stat(this.#file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return now !== undefined && now.ino !== (await this.#handle.stat()).ino;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #restart(): void {
    this.#position = 0;
    this.#decoder = new StringDecoder('utf8');
    this.#partial = '';
  }
}
