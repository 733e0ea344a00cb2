import { arn } from '../aws.ts';
import type { AlarmState } from './alarm-state.ts';

/** What metric alarms and composite alarms have in common. */
export interface AlarmSettings {
  name: string;
  description: string | undefined;
  actionsEnabled: boolean;
  /** Topics by the state that they are told of. */
  actions: Record<AlarmState, string[]>;
}

export interface HistoryItem {
  /** Milliseconds since the epoch. */
  at: number;
  type: 'StateUpdate' | 'Action';
  /** `Alarm updated from OK to ALARM` */
  summary: string;
  from: AlarmState;
  to: AlarmState;
  reason: string;
}

/** A change of state, as actions are told of it. */
export interface Transition {
  from: AlarmState;
  to: AlarmState;
  reason: string;
  at: number;
}

/** Items that are kept of an alarm's history. */
const keptHistory = 200;

/** An alarm: its state, since when and why, and what it was before. */
export class Alarm {
  readonly settings: AlarmSettings;
  state: AlarmState = 'INSUFFICIENT_DATA';
  reason = 'Unchecked: Initial alarm creation';
  /** When the state was last changed, in milliseconds since the epoch. */
  updatedAt = Date.now();
  /** Newest last. */
  readonly history: HistoryItem[] = [];
  readonly #act: (alarm: Alarm, topicArn: string, transition: Transition) => void;

  constructor(
    settings: AlarmSettings,
    act: (alarm: Alarm, topicArn: string, transition: Transition) => void,
  ) {
    this.settings = settings;
    this.#act = act;
  }

  get name(): string {
    return this.settings.name;
  }

  get arn(): string {
    return arn('cloudwatch', `alarm:${this.settings.name}`);
  }

  /** Takes a state on; actions run where it is another one. */
  become(to: AlarmState, reason: string, at: number): void {
    const from = this.state;
    if (from === to) return;
    this.state = to;
    this.reason = reason;
    this.updatedAt = at;
    this.#note({ at, type: 'StateUpdate', summary: `Alarm updated from ${from} to ${to}`, from, to, reason });
    if (!this.settings.actionsEnabled) return;
    for (const topicArn of this.settings.actions[to]) {
      this.#act(this, topicArn, { from, to, reason, at });
      const summary = `Successfully executed action ${topicArn}`;
      this.#note({ at, type: 'Action', summary, from, to, reason });
    }
  }

  #note(item: HistoryItem): void {
    if (this.history.push(item) > keptHistory) this.history.shift();
  }
}
