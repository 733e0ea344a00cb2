import type { Attachment } from '#shared/contract/attachments.ts';
import { limits } from '#shared/contract/limits.ts';
import { reasonOf } from '../kit/reason.ts';
import { isImage, problemOf, sendableName, typeOf } from './file-check.ts';

/** A file on its way into a message. */
export interface Upload {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly type: string;
  /** Of an image: an address of it within the page. */
  readonly preview?: string;
  /** `refused`: it cannot be sent at all. `failed`: another try may do. */
  readonly state: 'waiting' | 'uploading' | 'done' | 'failed' | 'refused';
  /** 0 to 1. */
  readonly progress: number;
  /** Why it failed or was refused, in words for people. */
  readonly problem?: string;
  readonly attachment?: Attachment;
}

interface UploadOptions {
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
  width?: number;
  height?: number;
}

interface Entry {
  upload: Upload;
  file: File;
  cancel: AbortController;
}

/** Uploads at one time: more would only share the same line. */
const atOnce = 3;

/** The files of the message that is being written in one room. They go on while another room is looked at. */
export class Uploads {
  readonly #send: (file: File, options: UploadOptions) => Promise<Attachment>;
  readonly #listeners = new Set<() => void>();
  #entries: Entry[] = [];
  #all: readonly Upload[] = [];
  #lastId = 0;

  constructor(send: (file: File, options: UploadOptions) => Promise<Attachment>) {
    this.#send = send;
  }

  /** In the order in which they were added. A new array after each change. */
  get all(): readonly Upload[] {
    return this.#all;
  }

  /** Listens for any change; the returned function ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Begins to upload files. Returns how many were left out since a message may not have as many. */
  add(files: readonly File[]): number {
    const added = files.slice(0, Math.max(0, limits.attachments - this.#entries.length));
    for (const file of added) {
      const problem = problemOf(file);
      const type = typeOf(file) ?? file.type;
      const upload: Upload = {
        id: ++this.#lastId,
        name: sendableName(file.name),
        size: file.size,
        type,
        progress: 0,
        ...(problem === undefined
          ? { state: 'waiting', ...(isImage(type) && { preview: URL.createObjectURL(file) }) }
          : { state: 'refused', problem }),
      };
      this.#entries.push({ upload, file, cancel: new AbortController() });
    }
    this.#next();
    this.#changed();
    return files.length - added.length;
  }

  /** Takes a file out of the message, and ends its upload. */
  remove(id: number): void {
    for (const entry of this.#entries.filter(({ upload }) => upload.id === id)) end(entry);
    this.#entries = this.#entries.filter(({ upload }) => upload.id !== id);
    this.#next();
    this.#changed();
  }

  /** Tries a `failed` one again. */
  retry(id: number): void {
    const entry = this.#entries.find(({ upload }) => upload.id === id);
    if (entry?.upload.state !== 'failed') return;
    const { problem: _, ...upload } = entry.upload;
    entry.upload = { ...upload, state: 'waiting', progress: 0 };
    entry.cancel = new AbortController();
    this.#next();
    this.#changed();
  }

  /** The files as the message takes them; there are none after that. */
  take(): Attachment[] {
    const taken = this.#entries.flatMap(({ upload }) => upload.attachment ?? []);
    for (const entry of this.#entries) end(entry);
    this.#entries = [];
    this.#changed();
    return taken;
  }

  #next(): void {
    const busy = this.#entries.filter(({ upload }) => upload.state === 'uploading').length;
    const waiting = this.#entries.filter(({ upload }) => upload.state === 'waiting');
    for (const entry of waiting.slice(0, Math.max(0, atOnce - busy))) void this.#upload(entry);
  }

  async #upload(entry: Entry): Promise<void> {
    const { signal } = entry.cancel;
    const { name, type, preview } = entry.upload;
    this.#update(entry, { state: 'uploading' });
    try {
      const dimensions = preview === undefined ? {} : await dimensionsOf(preview);
      signal.throwIfAborted();
      // What is sent has the name and type that the server takes.
      const file = new File([entry.file], name, { type });
      const onProgress = (progress: number) => this.#update(entry, { progress });
      const attachment = await this.#send(file, { ...dimensions, signal, onProgress });
      this.#update(entry, { state: 'done', progress: 1, attachment });
    } catch (error) {
      // Who took it out knows.
      if (!signal.aborted) this.#update(entry, { state: 'failed', problem: reasonOf(error) });
    }
    this.#next();
  }

  #update(entry: Entry, change: Partial<Upload>): void {
    entry.upload = { ...entry.upload, ...change };
    this.#changed();
  }

  #changed(): void {
    this.#all = this.#entries.map(({ upload }) => upload);
    for (const listener of this.#listeners) listener();
  }
}

function end({ upload, cancel }: Entry): void {
  cancel.abort();
  if (upload.preview !== undefined) URL.revokeObjectURL(upload.preview);
}

/** An image's size in pixels as it is shown, turned as its camera says. None of what is no image after all. */
async function dimensionsOf(url: string): Promise<{ width?: number; height?: number }> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    return {};
  }
  return { width: image.naturalWidth, height: image.naturalHeight };
}
