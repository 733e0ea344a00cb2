import { createHash } from 'node:crypto';
import { arn } from '#local/aws.ts';
import type { HopDelays } from '#local/aws-timing.ts';
import type { Observe } from '#local/cloudwatch/observe.ts';
import type { Queues } from '#local/engines/queues.ts';
import type { Permission } from '#local/iam/authorize.ts';
import type { MappingSummary } from '#local/lambda/api.ts';
import type { InvocationResult, Invoker } from '#local/lambda/invoker.ts';
import type { Created, Providers, Resource } from '#local/template/provider.ts';
import { localRetryDelay, pause, type RetryDelay } from './backoff.ts';
import type { SafeInvoker } from './batch-response.ts';
import { Checkpoints } from './checkpoints.ts';
import { pollingPermissions } from './permissions.ts';
import { type MappingConfig, readMapping, type StreamMappingConfig } from './properties.ts';
import { QueueMapping } from './queue-mapping.ts';
import { Stream, type StreamsSource } from './stream.ts';
import { StreamMapping } from './stream-mapping.ts';
import type { RecordSource } from './stream-record.ts';
import { StreamsApi } from './streams-api.ts';

export interface EventSourcesOptions {
  invoker: Invoker;
  dynamodb: StreamsSource;
  queues: Queues;
  /** A file: how far the streams were read. */
  checkpoints: string;
  /** Whether the function's role may: undefined where it may, else why not. */
  authorize(functionName: string, permission: Permission): string | undefined;
  /** Takes AWS/Lambda's IteratorAge. */
  observe?: Observe;
  /** One line for the terminal: records were given up, or a source does not answer. */
  log(line: string): void;
  /** After a batch that failed or was throttled. */
  retryDelay?: RetryDelay;
  /** How much longer than here records and messages are on their way. */
  hopDelays?: Pick<HopDelays, 'stream' | 'queue'> | undefined;
}

interface Running {
  config: MappingConfig;
  /** The template's properties, to see whether a new deployment changes them. */
  properties: string;
  /** Undefined where the mapping is disabled. */
  mapping: StreamMapping | QueueMapping | undefined;
}

/** How long `stop` waits for invocations under way. */
const drainMs = 1_000;

/**
 * Lambda's event source mappings: functions are invoked with what DynamoDB streams and SQS queues hold, with the batch
 * sizes, filters, retries, partial failures and destinations that the template says.
 */
export class EventSources {
  readonly providers: Providers = {
    'AWS::Lambda::EventSourceMapping': (resource) => this.#create(resource),
  };
  readonly #options: EventSourcesOptions;
  readonly #retryDelay: RetryDelay;
  readonly #checkpoints: Checkpoints;
  readonly #streamsApi: StreamsApi;
  readonly #streams = new Map<string, Stream>();
  readonly #mappings = new Map<string, Running>();
  readonly #stopping = new AbortController();
  readonly #unsubscribe: () => void;

  /** Throws when the checkpoints' file cannot be read. */
  constructor(options: EventSourcesOptions) {
    const { dynamodb, checkpoints, retryDelay = localRetryDelay } = options;
    this.#options = options;
    this.#retryDelay = retryDelay;
    this.#checkpoints = new Checkpoints(checkpoints);
    this.#streamsApi = new StreamsApi(dynamodb.engineUrl, this.#stopping.signal);
    this.#unsubscribe = dynamodb.onWrite((tables) => {
      for (const stream of this.#streams.values()) {
        if (tables.includes(stream.source.tableName)) stream.wake();
      }
    });
  }

  /** Stops the invocations of a function, or of one mapping by its id, as if its source had gone quiet. */
  pause(functionOrMapping: string): void {
    for (const mapping of this.#find(functionOrMapping)) mapping.pause();
  }

  /** Undoes `pause`: everything that has come meanwhile follows. */
  resume(functionOrMapping: string): void {
    for (const mapping of this.#find(functionOrMapping)) mapping.resume();
  }

  /** Every mapping that templates have made. */
  mappings(): MappingSummary[] {
    return [...this.#mappings].map(([id, { config }]) => ({ id, ...config }));
  }

  /** Starts no more invocations, waits up to a second for those under way, and writes the checkpoints. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    const drained = new AbortController();
    const stops = [...this.#mappings.values()].map(({ mapping }) => mapping?.stop());
    void Promise.all(stops).then(() => drained.abort());
    await pause(drainMs, drained.signal);
    this.#stopping.abort();
    this.#checkpoints.close();
    await this.#streamsApi.close();
  }

  /** A mapping that was there before goes on from its checkpoints, with what the template says now. */
  async #create(resource: Resource): Promise<Created> {
    const config = readMapping(resource);
    this.#authorize(config);
    const id = mappingId(resource);
    const properties = JSON.stringify(resource.properties);
    const before = this.#mappings.get(id);
    if (before?.properties !== properties) {
      await before?.mapping?.stop();
      const mapping = config.enabled ? this.#mapping(id, config) : undefined;
      this.#mappings.set(id, { config, properties, mapping });
      await mapping?.start();
    }
    return {
      ref: id,
      attributes: { Id: id, EventSourceMappingArn: arn('lambda', `event-source-mapping:${id}`) },
    };
  }

  /** Lambda reads the source as the function's role, and makes no mapping that could not. */
  #authorize(config: MappingConfig): void {
    for (const permission of pollingPermissions(config)) {
      const denial = this.#options.authorize(config.functionName, permission);
      if (denial !== undefined) throw new Error(denial);
    }
  }

  #mapping(id: string, config: MappingConfig): StreamMapping | QueueMapping {
    const log = (line: string) => this.#log(line);
    const invoker: SafeInvoker = { invoke: (fn, event) => this.#invoke(fn, event) };
    const { queues, hopDelays } = this.#options;
    const common = { invoker, retryDelay: this.#retryDelay, log };
    if (config.kind === 'queue')
      return new QueueMapping({
        ...common,
        config,
        queue: queues.get(config.sourceArn),
        hopMs: hopDelays?.queue,
      });
    const stream = this.#stream(config);
    const { observe } = this.#options;
    return new StreamMapping({
      ...common,
      sendToQueue: queues.send,
      id,
      config,
      stream,
      checkpoints: this.#checkpoints,
      hopMs: hopDelays?.stream,
      ...(observe && { observe }),
    });
  }

  /** A function that is not there fails like one that throws: it may come with the next deployment. */
  async #invoke(fn: string, event: unknown): Promise<InvocationResult> {
    try {
      return await this.#options.invoker.invoke(fn, event);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.#log(`${fn} cannot be invoked: ${message}`);
      return { ok: false, errorType: name, errorMessage: message };
    }
  }

  #log(line: string): void {
    if (!this.#stopping.signal.aborted) this.#options.log(line);
  }

  /** One for all mappings of a stream: its records are read once. */
  #stream({ sourceArn }: StreamMappingConfig): Stream {
    const { dynamodb } = this.#options;
    const tableName = /:table\/([^/]+)\//.exec(sourceArn)?.[1] ?? '';
    const source: RecordSource = {
      streamArn: sourceArn,
      tableName,
      isTtlDelete: (table, keys) => dynamodb.isTtlDelete(table, keys),
    };
    const stream = this.#streams.get(sourceArn) ?? new Stream(this.#streamsApi, source);
    this.#streams.set(sourceArn, stream);
    return stream;
  }

  #find(functionOrMapping: string): (StreamMapping | QueueMapping)[] {
    const name = functionOrMapping.split(':').at(-1);
    return [...this.#mappings].flatMap(([id, { config, mapping }]) =>
      mapping && (id === functionOrMapping || config.functionName.split(':').at(-1) === name)
        ? [mapping]
        : [],
    );
  }
}

/** A UUID that is the same in every run, as the checkpoints go by it. */
function mappingId({ stack, logicalId }: Resource): string {
  const hex = createHash('sha256').update(`${stack}/${logicalId}`).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
  return parts.join('-');
}
