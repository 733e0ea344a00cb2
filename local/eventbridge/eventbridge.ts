import { join } from 'node:path';
import { z } from 'zod';
import { arn, physicalName } from '../aws.ts';
import type { Draw } from '../aws-timing.ts';
import type { Observe } from '../cloudwatch/observe.ts';
import type { Credentials, Principal } from '../credentials.ts';
import type { SendToQueue } from '../engines/queues.ts';
import { type Listening, listen } from '../http.ts';
import type { Authorize } from '../iam/authorize.ts';
import type { Invoker } from '../lambda/invoker.ts';
import { parseProperties, unsupported } from '../template/properties.ts';
import type { Providers, Resource } from '../template/provider.ts';
import { awsJsonApi, type Operations, parseInput } from './api.ts';
import { ApiError } from './api-error.ts';
import { Archive } from './archive.ts';
import { Delivery } from './delivery.ts';
import { archiveProperties, busPolicyProperties, busProperties } from './properties.ts';
import {
  checkRequest,
  type EntryError,
  type EventEnvelope,
  type PutEventsEntry,
  putEventsRequest,
  toEnvelope,
  toSeconds,
} from './put-events.ts';
import { busNameOf, type Rule, toRule } from './rule.ts';
import { observeRule } from './rule-metrics.ts';
import { Schedules, scheduledEvent } from './schedule.ts';
import { testEventPattern, testEventPatternRequest } from './test-event-pattern.ts';

export interface EventBridgeOptions {
  invoker: Invoker;
  sendToQueue: SendToQueue;
  /** Who may call: the keys of execution environments; and what each may do. */
  credentials: Credentials;
  authorize: Authorize;
  /** Archives are kept in its folder `archives`. */
  dataDir: string;
  /** Milliseconds before a delivery's first retry. AWS waits longer; default 200. */
  retryDelayMs?: number;
  /** Takes the metrics of AWS/Events. */
  observe?: Observe;
  /** How long a minute of a schedule takes; default 60,000. */
  minuteMs?: number;
  /** How long an event is on its way from PutEvents to a target. */
  hopMs?: Draw | undefined;
  /** Takes a line for the developer, of events that went nowhere; default: standard error. */
  log?: (line: string) => void;
}

/** What a test makes PutEvents answer at the wire. Return nothing to let a call or an entry pass. */
export interface Faults {
  /** Refuses a whole call, e.g. with `new ApiError('ThrottlingException', 'Rate exceeded')`. */
  call?: (entries: PutEventsEntry[]) => ApiError | undefined;
  /** Refuses one entry of a call. */
  entry?: (entry: PutEventsEntry, index: number) => EntryError | undefined;
}

/** Bytes of an archive's file before its older half is dropped. */
const archiveBytes = 32 * 1024 * 1024;

/** EventBridge: the buses, rules and archives that templates declare, and the endpoint that PutEvents is sent to. */
export class EventBridge {
  faults: Faults = {};
  readonly #options: Required<Omit<EventBridgeOptions, 'hopMs'>> & Pick<EventBridgeOptions, 'hopMs'>;
  readonly #delivery: Delivery;
  readonly #schedules: Schedules;
  readonly #buses = new Set(['default']);
  readonly #rules = new Map<string, Rule>();
  readonly #archives = new Map<string, { busName: string; archive: Archive }>();
  #listening: Listening | undefined;

  /** Listens on a free port of the loopback interface. */
  static async start(options: EventBridgeOptions): Promise<EventBridge> {
    const bridge = new EventBridge(options);
    bridge.#listening = await listen(awsJsonApi('AWSEvents', bridge.#operations, options.credentials));
    return bridge;
  }

  private constructor(options: EventBridgeOptions) {
    this.#options = {
      retryDelayMs: 200,
      minuteMs: 60_000,
      log: console.warn,
      observe: () => {},
      ...options,
    };
    this.#schedules = new Schedules(this.#options.minuteMs, (rule) => this.#runScheduled(rule, new Date()));
    this.#delivery = new Delivery({
      ...this.#options,
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
      this.#buses.add(name);
      return { ref: name, attributes: { Arn: busArn(name), Name: name } };
    },
    'AWS::Events::EventBusPolicy': (resource) => {
      const { StatementId: id, EventBusName: busName } = parseProperties(resource, busPolicyProperties);
      return { ref: `${busName}|${id}` };
    },
    'AWS::Events::Rule': (resource) => {
      const rule = toRule(resource);
      this.#checkBus(rule.busName, resource, 'EventBusName');
      this.#rules.set(rule.arn, rule);
      this.#schedules.put(rule);
      const ref = rule.busName === 'default' ? rule.name : `${rule.busName}|${rule.name}`;
      return { ref, attributes: { Arn: rule.arn } };
    },
    'AWS::Events::Archive': async (resource) => {
      const properties = parseProperties(resource, archiveProperties);
      const name = properties.ArchiveName ?? physicalName(resource.stack, resource.logicalId);
      const busName = busNameOf(properties.SourceArn);
      this.#checkBus(busName, resource, 'SourceArn');
      // Deployed again: two writers of one file would lose lines.
      await this.#archives.get(name)?.archive.written();
      const archive = new Archive({
        file: join(this.#options.dataDir, 'archives', `${name}.jsonl`),
        matches: properties.EventPattern ?? (() => true),
        retentionDays: properties.RetentionDays,
        maxBytes: archiveBytes,
        onError: (error) => this.#options.log(`EventBridge: archive ${name} could not be written: ${error}`),
      });
      this.#archives.set(name, { busName, archive });
      return { ref: name, attributes: { Arn: arn('events', `archive/${name}`), ArchiveName: name } };
    },
  };

  /** Runs a scheduled rule now, besides its schedule. `at` is what its targets take for the time. */
  runSchedule(ruleName: string, at = new Date()): void {
    const rule = this.#rulesOf('default').find(({ name }) => name === ruleName);
    if (rule?.everyMinutes === undefined) throw new Error(`There is no scheduled rule ${ruleName}`);
    this.#runScheduled(rule, at);
  }

  /** Closes the endpoint; archives are written out, deliveries that wait for a retry are given up. */
  async stop(): Promise<void> {
    this.#schedules.stop();
    await this.#listening?.close();
    await this.#delivery.stop();
    await Promise.all([...this.#archives.values()].map(({ archive }) => archive.written()));
  }

  readonly #operations: Operations = {
    PutEvents: (input, principal) => {
      const { Entries } = parseInput(putEventsRequest, input);
      const buses = new Set(Entries.map(({ EventBusName }) => busNameOf(EventBusName || 'default')));
      for (const name of buses) this.#allow(principal, 'PutEvents', busArn(name));
      return this.#putEvents(Entries);
    },
    TestEventPattern: (input, principal) => {
      this.#allow(principal, 'TestEventPattern', '*');
      return testEventPattern(parseInput(testEventPatternRequest, input));
    },
    DescribeEventBus: (input, principal) => {
      const { Name: name } = parseInput(z.object({ Name: z.string().default('default') }), input);
      this.#allow(principal, 'DescribeEventBus', busArn(busNameOf(name)));
      return { Name: this.#existing(name), Arn: busArn(this.#existing(name)) };
    },
    ListRules: (input, principal) => {
      const { EventBusName: name } = parseInput(
        z.object({ EventBusName: z.string().default('default') }),
        input,
      );
      this.#allow(principal, 'ListRules', arn('events', `rule/${busNameOf(name)}/*`));
      return { Rules: this.#rulesOf(this.#existing(name)).map(describe) };
    },
  };

  #allow(principal: Principal, operation: string, resource: string): void {
    const denial = this.#options.authorize(principal, { action: `events:${operation}`, resource });
    if (denial !== undefined) throw new ApiError('AccessDeniedException', denial);
  }

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
    const failed = results.filter((result) => 'ErrorCode' in result).length;
    this.#options.observe('AWS/Events', 'PutEventsEntriesCount', {}, entries.length);
    this.#options.observe('AWS/Events', 'PutEventsFailedEntriesCount', {}, failed);
    return { FailedEntryCount: failed, Entries: results };
  }

  #publish(busName: string, event: EventEnvelope, { forwarded }: { forwarded: boolean }): void {
    if (!this.#buses.has(busName)) {
      // AWS answers such an entry with an EventId, and drops it (aws-sdk issue 186).
      this.#options.log(`EventBridge: event ${event.id} is lost: there is no bus ${busName}`);
      return;
    }
    for (const { busName: source, archive } of this.#archives.values()) {
      if (source === busName) archive.add(event);
    }
    const ingestedAt = toSeconds(new Date());
    for (const rule of this.#rulesOf(busName)) {
      if (!rule.enabled || !rule.matches(event)) continue;
      observeRule(this.#options.observe, rule, 'MatchedEvents');
      observeRule(this.#options.observe, rule, 'TriggeredRules');
      for (const target of rule.targets) {
        // "EventBridge can't route events received from a sender event bus to a third event bus."
        if (target.kind === 'bus' && forwarded) continue;
        this.#delivery.start(rule, target, event, ingestedAt);
      }
    }
  }

  #runScheduled(rule: Rule, at: Date): void {
    observeRule(this.#options.observe, rule, 'TriggeredRules');
    const ingestedAt = toSeconds(new Date());
    for (const target of rule.targets)
      this.#delivery.start(rule, target, scheduledEvent(rule, at), ingestedAt);
  }

  #rulesOf(busName: string): Rule[] {
    return [...this.#rules.values()].filter((rule) => rule.busName === busName);
  }

  #checkBus(name: string, resource: Resource, property: string): void {
    if (!this.#buses.has(name)) throw unsupported(resource, property, `there is no event bus ${name}`);
  }

  #existing(nameOrArn: string): string {
    const name = busNameOf(nameOrArn);
    if (this.#buses.has(name)) return name;
    throw new ApiError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
  }
}

function busArn(name: string): string {
  return arn('events', `event-bus/${name}`);
}

function describe({ name, arn, busName, enabled }: Rule) {
  return { Name: name, Arn: arn, EventBusName: busName, State: enabled ? 'ENABLED' : 'DISABLED' };
}
