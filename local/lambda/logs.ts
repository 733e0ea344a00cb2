import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { arn, physicalName } from '../aws.ts';
import { ignored, parseProperties } from '../template/properties.ts';
import type { Providers } from '../template/provider.ts';

/** Called with each line, without its line break, as it arrives. It runs inside the invocation's path: be quick. */
export type LineListener = (group: string, line: string) => void;

/** How long lines may wait in memory before they are written to their file. */
const flushMs = 50;

/** CloudWatch Logs: what functions write, by log group, to one file a group and to listeners. */
export class Logs {
  readonly #directory: string;
  readonly #groups = new Map<string, LogGroup>();
  readonly #listeners = new Set<LineListener>();

  readonly providers: Providers = {
    'AWS::Logs::LogGroup': (resource) => {
      const { LogGroupName } = parseProperties(resource, logGroupProperties);
      const name = LogGroupName ?? physicalName(resource.stack, resource.logicalId);
      return { ref: name, attributes: { Arn: `${arn('logs', `log-group:${name}`)}:*` } };
    },
  };

  /** Makes `directory` where it does not exist. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
  }

  /** The file that a group's lines are appended to: `/aws/lambda/deliver` → `aws-lambda-deliver.log`. */
  file(group: string): string {
    return join(this.#directory, `${group.replace(/^\//, '').replaceAll('/', '-')}.log`);
  }

  /** The group of this name; it begins to exist when it is first named. */
  group(name: string): LogGroup {
    let group = this.#groups.get(name);
    if (!group) {
      group = new LogGroup(name, this.file(name), this.#listeners);
      this.#groups.set(name, group);
    }
    return group;
  }

  /** Hears every line from now on. Returns the function that ends it. */
  onLine(listener: LineListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes what waits and closes the files. Lines that come later reach listeners only. */
  async stop(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.close()));
  }
}

/** One log group. Lines are gathered and written together, so that a line costs no system call of its own. */
export class LogGroup {
  readonly name: string;
  readonly #file: string;
  readonly #listeners: ReadonlySet<LineListener>;
  #stream: WriteStream | undefined;
  #lines: string[] = [];
  #closed = false;

  constructor(name: string, file: string, listeners: ReadonlySet<LineListener>) {
    this.name = name;
    this.#file = file;
    this.#listeners = listeners;
  }

  /** One line, without its line break. Listeners have heard it when this returns; the file has it 50 ms later. */
  write(line: string): void {
    for (const listener of this.#listeners) listener(this.name, line);
    if (this.#closed) return;
    if (this.#lines.push(line) === 1) setTimeout(() => this.#flush(), flushMs);
  }

  async close(): Promise<void> {
    this.#flush();
    this.#closed = true;
    const stream = this.#stream;
    if (stream) await new Promise<void>((resolve) => stream.end(resolve));
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    this.#stream ??= createWriteStream(this.#file, { flags: 'a' });
    this.#stream.write(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}

const logGroupProperties = z.strictObject({
  LogGroupName: z.string().optional(),
  // Without effect here: nothing expires, is encrypted, indexed or masked on a laptop.
  RetentionInDays: ignored,
  KmsKeyId: ignored,
  LogGroupClass: ignored,
  DataProtectionPolicy: ignored,
  FieldIndexPolicies: ignored,
  ResourcePolicyDocument: ignored,
  DeletionProtectionEnabled: ignored,
  Tags: ignored,
});
