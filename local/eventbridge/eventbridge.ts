import { join } from 'node:path';
import { z } from 'zod';
import { arn, physicalName } from '../aws.ts';
import type { Credentials } from '../credentials.ts';
import { type Listening, listen } from '../http.ts';
import type { Invoker } from '../lambda/invoker.ts';
import type { Providers, Resource } from '../template/provider.ts';
import { awsJsonApi, type Operations, parseInput } from './api.ts';
import { ApiError } from './api-error.ts';
import { Archive } from './archive.ts';
import { Delivery } from './delivery.ts';
import { InvalidPatternError } from './invalid-pattern.ts';
import { isJsonObject } from './matcher.ts';
import { compilePattern } from './pattern.ts';
import { eventPattern, ignored, parseProperties, unsupported } from './properties.ts';
import {
  checkRequest,
  type EntryError,
  type EventEnvelope,
  type PutEventsEntry,
  putEventsRequest,
  toEnvelope,
  toSeconds,
} from './put-events.ts';
import type { SendToQueue } from './queue-sender.ts';
import { busNameOf, type Rule, toRule } from './rule.ts';

export interface EventBridgeOptions {
  invoker: Invoker;
  sendToQueue: SendToQueue;
  /** Who may call; the keys of execution environments. */
  credentials: Credentials;
  /** Archives are kept in its folder `archives`. */
  dataDir: string;
  /** Milliseconds before a delivery's first retry. AWS waits longer; default 200. */
  retryDelayMs?: number;
  /** Takes a line for the developer: events that went nowhere. */
  log?: (line: string) => void;
}

/** What a test makes PutEvents answer at the wire. Return nothing to let a call or an entry pass. */
export interface Faults {
  /** Refuses the whole call: `new ApiError('ThrottlingException', 'Rate exceeded')`, `('InternalException', '…', 500)`. */
  call?: (entries: PutEventsEntry[]) => ApiError | undefined;
  /** Refuses one entry of a call. */
  entry?: (entry: PutEventsEntry, index: number) => EntryError | undefined;
}

interface Bus {
  name: string;
  arn: string;
  rules: Map<string, Rule>;
  archives: Map<string, Archive>;
}

/** Bytes of an archive's file before its older half is dropped. */
const archiveBytes = 32 * 1024 * 1024;

/** EventBridge: buses, rules and archives as templates declare them, and the endpoint that PutEvents is sent to. */
export class EventBridge {
  faults: Faults = {};
  readonly #options: EventBridgeOptions;
  readonly #buses = new Map<string, Bus>();
  readonly #delivery: Delivery;
  #listening: Listening | undefined;

  /** Listens on a free port of the loopback interface. */
  static async start(options: EventBridgeOptions): Promise<EventBridge> {
    const bridge = new EventBridge(options);
    bridge.#listening = await listen(awsJsonApi('AWSEvents', bridge.#operations, options.credentials));
    return bridge;
  }

  private constructor(options: EventBridgeOptions) {
    this.#options = options;
    this.#addBus('default');
    this.#delivery = new Delivery({
      invoker: options.invoker,
      sendToQueue: options.sendToQueue,
      retryDelayMs: options.retryDelayMs ?? 200,
      log: (line) => this.#log(line),
      forward: (busName, event) => this.#publish(busName, event, { forwarded: true }),
    });
  }

  /** The endpoint, for `AWS_ENDPOINT_URL_EVENTBRIDGE`. */
  get url(): string {
    if (!this.#listening) throw new Error('EventBridge is not listening');
    return this.#listening.url;
  }

  readonly providers: Providers = {
    'AWS::Events::EventBus': (resource) => {
      const { Name: name } = parseProperties(resource, busProperties);
      const bus = this.#addBus(name);
      return { ref: name, attributes: { Arn: bus.arn, Name: name } };
    },
    'AWS::Events::EventBusPolicy': (resource) => {
      const { StatementId: id, EventBusName: bus } = parseProperties(resource, policyProperties);
      return { ref: `${bus ?? 'default'}|${id}` };
    },
    'AWS::Events::Rule': (resource) => {
      const rule = toRule(resource);
      this.#bus(rule.busName, resource, 'EventBusName').rules.set(rule.name, rule);
      const ref = rule.busName === 'default' ? rule.name : `${rule.busName}|${rule.name}`;
      return { ref, attributes: { Arn: rule.arn } };
    },
    'AWS::Events::Archive': (resource) => {
      const properties = parseProperties(resource, archiveProperties);
      const name = properties.ArchiveName ?? physicalName(resource.stack, resource.logicalId);
      const archive = new Archive({
        file: join(this.#options.dataDir, 'archives', `${name}.jsonl`),
        matches: properties.EventPattern ?? (() => true),
        retentionDays: properties.RetentionDays,
        maxBytes: archiveBytes,
        onError: (error) => this.#log(`EventBridge: archive ${name} could not be written: ${error}`),
      });
      this.#bus(busNameOf(properties.SourceArn), resource, 'SourceArn').archives.set(name, archive);
      return { ref: name, attributes: { Arn: arn('events', `archive/${name}`) } };
    },
  };

  /** Closes the endpoint; archives are written out, deliveries that wait for a retry given up. */
  async stop(): Promise<void> {
    await this.#listening?.close();
    await this.#delivery.stop();
    const archives = [...this.#buses.values()].flatMap((bus) => [...bus.archives.values()]);
    await Promise.all(archives.map((archive) => archive.written()));
  }

  readonly #operations: Operations = {
    PutEvents: (input) => this.#putEvents(parseInput(putEventsRequest, input).Entries),
    TestEventPattern: (input) => testEventPattern(parseInput(testRequest, input)),
    DescribeEventBus: (input) => {
      const { Name: name } = parseInput(z.object({ Name: z.string().default('default') }), input);
      const bus = this.#existing(name);
      return { Name: bus.name, Arn: bus.arn };
    },
    ListRules: (input) => {
      const { EventBusName: name } = parseInput(
        z.object({ EventBusName: z.string().default('default') }),
        input,
      );
      const rules = [...this.#existing(name).rules.values()];
      return {
        Rules: rules.map((rule) => ({
          Name: rule.name,
          Arn: rule.arn,
          EventBusName: rule.busName,
          State: rule.enabled ? 'ENABLED' : 'DISABLED',
        })),
      };
    },
  };

  #putEvents(entries: PutEventsEntry[]): unknown {
    const refusal = this.faults.call?.(entries);
    if (refusal) throw refusal;
    checkRequest(entries);
    const results = entries.map((entry, index) => {
      const event = this.faults.entry?.(entry, index) ?? toEnvelope(entry, new Date());
      if ('ErrorCode' in event) return event;
      this.#publish(busNameOf(entry.EventBusName || 'default'), event, { forwarded: false });
      return { EventId: event.id };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  #publish(busName: string, event: EventEnvelope, { forwarded }: { forwarded: boolean }): void {
    const bus = this.#buses.get(busName);
    if (!bus) {
      // AWS answers such an entry with an EventId, and drops it (aws-sdk issue 186).
      this.#log(
        `EventBridge: event ${event.id} was put on the bus ${busName}, which does not exist, and is lost.`,
      );
      return;
    }
    const ingestedAt = toSeconds(new Date());
    for (const archive of bus.archives.values()) archive.add(event);
    for (const rule of bus.rules.values()) {
      if (!rule.enabled || !rule.matches(event)) continue;
      for (const target of rule.targets) {
        // "EventBridge can't route events received from a sender event bus to a third event bus."
        if (target.kind === 'bus' && forwarded) continue;
        this.#delivery.start(rule, target, event, ingestedAt);
      }
    }
  }

  #addBus(name: string): Bus {
    const bus = { name, arn: arn('events', `event-bus/${name}`), rules: new Map(), archives: new Map() };
    this.#buses.set(name, bus);
    return bus;
  }

  #bus(name: string, resource: Resource, property: string): Bus {
    const bus = this.#buses.get(name);
    if (!bus) throw unsupported(resource, property, `there is no event bus ${name}`);
    return bus;
  }

  #existing(nameOrArn: string): Bus {
    const bus = this.#buses.get(busNameOf(nameOrArn));
    if (!bus) throw new ApiError('ResourceNotFoundException', `Event bus ${nameOrArn} does not exist.`);
    return bus;
  }

  #log(line: string): void {
    (this.#options.log ?? console.warn)(line);
  }
}

const busProperties = z.strictObject({
  Name: z.string(),
  DeadLetterConfig: ignored, // Only of events that a customer's key could not encrypt.
  Description: ignored,
  KmsKeyIdentifier: ignored,
  LogConfig: ignored,
  Policy: ignored,
  Tags: ignored,
});

const policyProperties = z.strictObject({
  StatementId: z.string(),
  EventBusName: z.string().optional(),
  Action: ignored,
  Condition: ignored,
  Principal: ignored,
  Statement: ignored,
});

const archiveProperties = z.strictObject({
  ArchiveName: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional(),
  SourceArn: z.string(),
  EventPattern: eventPattern.optional(),
  RetentionDays: z.number().int().min(0).default(0),
  Description: ignored,
  KmsKeyIdentifier: ignored,
});

const testRequest = z.object({ EventPattern: z.string(), Event: z.string() });

/** Fields that the event given to TestEventPattern must have. */
const required = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

function testEventPattern({ EventPattern: pattern, Event: text }: z.output<typeof testRequest>): unknown {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (error) {
    throw new ApiError('ValidationException', `Parameter Event is not valid. Reason: ${String(error)}`);
  }
  const lacking = required.find((field) => !isJsonObject(event) || !(field in event));
  if (lacking) {
    throw new ApiError(
      'ValidationException',
      `Parameter Event is not valid. Reason: ${lacking} is a required argument.`,
    );
  }
  try {
    return { Result: compilePattern(pattern)(event) };
  } catch (error) {
    if (error instanceof InvalidPatternError)
      throw new ApiError('InvalidEventPatternException', error.message);
    throw error;
  }
}
