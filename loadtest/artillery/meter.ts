/** The emitter that Artillery hands to every step: what is emitted here becomes its metrics. */
export interface Events {
  emit(event: 'counter' | 'histogram', name: string, value: number): unknown;
}

/** What a run counts, each as `fanfare.<name>` among Artillery's own metrics. */
export type Counter =
  | 'sent'
  | 'acknowledged'
  | 'resent'
  /** Messages at the wire, of all people: pushed, and copies among those. */
  | 'received'
  | 'copies'
  | 'late'
  /** Messages that a `subscribe` with `after` brought. */
  | 'resumed'
  | 'dropped'
  | 'reconnected'
  | 'never_back'
  | 'not_recovered'
  | 'held_back'
  | 'lost'
  | 'shown_twice'
  | 'shown_out_of_order'
  | 'unacknowledged'
  | 'error_percent'
  | `error.${string}`;

/** Milliseconds. */
export type Histogram =
  | 'push_ms'
  | `push_ms_${'warm' | 'ramp' | 'hold' | 'burst' | 'storm' | 'after'}`
  | 'ack_ms'
  | 'reconnect_ms'
  | 'resume_ms';

/** Writes Artillery's metrics, and keeps what the progress line says. */
export class Meter {
  readonly counts = new Map<Counter, number>();
  /** Set with the first step of the first virtual user. */
  events: Events | undefined;

  count(name: Counter, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    this.events?.emit('counter', `fanfare.${name}`, by);
  }

  time(name: Histogram, ms: number): void {
    this.events?.emit('histogram', `fanfare.${name}`, ms);
  }
}
