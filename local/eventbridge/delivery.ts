import { setTimeout as delay } from 'node:timers/promises';
import type { Draw } from '../aws-timing.ts';
import type { Observe } from '../cloudwatch/observe.ts';
import type { SendToQueue } from '../engines/queues.ts';
import { pause } from '../event-sources/backoff.ts';
import type { Invoker } from '../lambda/invoker.ts';
import { type Failure, toFailure } from './failure.ts';
import type { EventEnvelope } from './put-events.ts';
import { busNameOf, type Rule, type Target } from './rule.ts';
import { observeRule } from './rule-metrics.ts';

export interface DeliveryOptions {
  invoker: Invoker;
  sendToQueue: SendToQueue;
  /** Puts an event on another bus, whose rules may not send it on to a third. */
  forward(busName: string, event: EventEnvelope): void;
  /** Milliseconds before the first retry; doubles up to 100 times that, each wait shortened at random. */
  retryDelayMs: number;
  /** Takes the metrics of AWS/Events. */
  observe: Observe;
  /** How long an event is on its way to a target. */
  hopMs?: Draw | undefined;
  /** Hears of events that reached neither target nor dead-letter queue. */
  log(line: string): void;
}

/**
 * Brings events to their targets: retries what may pass, then puts the event into the target's dead-letter queue.
 * A function is invoked asynchronously, so that what it throws is Lambda's to retry, as on AWS.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  start(rule: Rule, target: Target, event: EventEnvelope, ingestedAt: string): void {
    const delivery = this.#deliver(rule, target, event, ingestedAt)
      .catch((error: unknown) => {
        if (this.#stopped.signal.aborted) return;
        this.#options.log(`EventBridge: event ${event.id} was dropped on its way to ${target.arn}: ${error}`);
      })
      .finally(() => this.#underWay.delete(delivery));
    this.#underWay.add(delivery);
  }

  /** Gives up waiting for retries; an event that waits for one is lost with the process. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#underWay);
  }

  async #deliver(rule: Rule, target: Target, event: EventEnvelope, ingestedAt: string): Promise<void> {
    const { hopMs } = this.#options;
    // A cloud that stops meanwhile delivers at once.
    if (hopMs) await pause(hopMs(), this.#stopped.signal);
    const giveUpAt = Date.now() + target.maxAgeSeconds * 1000;
    for (let retries = 0; ; retries++) {
      observeRule(this.#options.observe, rule, retries === 0 ? 'Invocations' : 'RetryInvocationAttempts');
      try {
        return await this.#send(target, event, ingestedAt);
      } catch (error) {
        const failure = toFailure(error);
        const wait = this.#backoff(retries);
        const exhausted = exhaustion(target, retries, Date.now() + wait > giveUpAt);
        if (!failure.retriable || exhausted) {
          return this.#deadLetter(rule, target, event, failure, retries, exhausted);
        }
        await delay(wait, undefined, { signal: this.#stopped.signal });
      }
    }
  }

  async #send(target: Target, event: EventEnvelope, ingestedAt: string): Promise<void> {
    const { invoker, sendToQueue, forward } = this.#options;
    if (target.kind === 'bus') return forward(busNameOf(target.arn), event);
    const input = target.toInput(event, ingestedAt);
    if (target.kind === 'function') return invoker.invokeAsync(target.arn, JSON.parse(input));
    await sendToQueue(
      target.arn,
      input,
      target.messageGroupId === undefined ? {} : { messageGroupId: target.messageGroupId },
    );
  }

  /** The attributes are those of "Using dead-letter queues to process undelivered events" in the user guide. */
  async #deadLetter(
    rule: Rule,
    target: Target,
    event: EventEnvelope,
    failure: Failure,
    retries: number,
    exhausted: string | undefined,
  ): Promise<void> {
    observeRule(this.#options.observe, rule, 'FailedInvocations');
    if (target.deadLetterArn === undefined) throw new Error(`${failure.code}: ${failure.message}`);
    await this.#options.sendToQueue(target.deadLetterArn, JSON.stringify(event), {
      attributes: {
        RULE_ARN: rule.arn,
        TARGET_ARN: target.arn,
        ERROR_CODE: failure.code,
        ERROR_MESSAGE: failure.message,
        RETRY_ATTEMPTS: String(retries),
        ...(failure.retriable && exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: exhausted }),
      },
    });
    observeRule(this.#options.observe, rule, 'InvocationsSentToDlq');
  }

  #backoff(retries: number): number {
    const { retryDelayMs } = this.#options;
    return Math.min(retryDelayMs * 2 ** retries, retryDelayMs * 100) * (0.5 + Math.random() / 2);
  }
}

function exhaustion(target: Target, retries: number, tooOld: boolean): string | undefined {
  if (retries >= target.maxRetries) return 'MaximumRetryAttempts';
  return tooOld ? 'MaximumEventAgeInSeconds' : undefined;
}
