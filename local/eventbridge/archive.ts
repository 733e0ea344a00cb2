import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EventEnvelope } from './put-events.ts';

interface ArchiveOptions {
  file: string;
  /** Whether the archive's pattern takes the event. */
  matches(event: unknown): boolean;
  /** 0 keeps events for ever, within `maxBytes`. */
  retentionDays: number;
  /** Bytes of the file past which its older half is dropped. AWS has no such bound; a laptop's disk does. */
  maxBytes: number;
  /** Hears of events that could not be written. */
  onError(error: unknown): void;
}

/** Events kept in a file, one JSON line each, oldest first. */
export class Archive {
  readonly #options: ArchiveOptions;
  #pending: string[] = [];
  #bytes = 0;
  #writing: Promise<void>;

  /** Opens the file and drops what is older than the retention. */
  constructor(options: ArchiveOptions) {
    this.#options = options;
    this.#writing = mkdir(dirname(options.file), { recursive: true })
      .then(() => this.#compact(0))
      .catch(options.onError);
  }

  add(event: EventEnvelope): void {
    if (!this.#options.matches(event)) return;
    this.#pending.push(`${JSON.stringify(event)}\n`);
    if (this.#pending.length > 1) return; // The flush that is due takes this one along.
    this.#writing = this.#writing.then(() => this.#flush()).catch(this.#options.onError);
  }

  /** Settles once all added events are in the file. */
  written(): Promise<void> {
    return this.#writing;
  }

  async #flush(): Promise<void> {
    const lines = this.#pending.join('');
    this.#pending = [];
    await appendFile(this.#options.file, lines);
    this.#bytes += Buffer.byteLength(lines);
    if (this.#bytes > this.#options.maxBytes) await this.#compact(0.5);
  }

  /** Rewrites the file without expired events, and without the oldest `share` of the rest. */
  async #compact(share: number): Promise<void> {
    const { file, retentionDays } = this.#options;
    const text = await readFile(file, 'utf8').catch(absentAsEmpty);
    const oldest = retentionDays > 0 ? Date.now() - retentionDays * 86_400_000 : Number.NEGATIVE_INFINITY;
    const lines = text.split('\n').filter((line) => line !== '' && timeOf(line) >= oldest);
    const kept = lines.slice(Math.ceil(lines.length * share)).map((line) => `${line}\n`);
    const rewritten = kept.join('');
    this.#bytes = Buffer.byteLength(rewritten);
    if (rewritten === text) return;
    await writeFile(`${file}.new`, rewritten);
    await rename(`${file}.new`, file);
  }
}

/** NaN, which is in no retention, for a line that a killed process left half written. */
function timeOf(line: string): number {
  try {
    const event: { time?: unknown } = JSON.parse(line);
    return Date.parse(String(event.time));
  } catch {
    return Number.NaN;
  }
}

function absentAsEmpty(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}
