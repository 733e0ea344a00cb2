/** A message of a run as a subscriber sees it: its number in the run, and its place in the room. */
export interface Receipt {
  message: number;
  seq: number;
}

/** What a run came to. Times in milliseconds. */
export interface Result {
  connections: number;
  messages: number;
  /** Messages of which no acknowledgement came. They count as lost nowhere. */
  unacknowledged: number;
  /** (message, connection) pairs that were received. */
  deliveries: number;
  /** From the first send to the last receipt. */
  deliveriesPerSecond: number;
  ackToReceipt: Percentiles;
  sendToReceipt: Percentiles;
  sendToAck: Percentiles;
  /** `events` frames, of all connections. */
  frames: number;
  messagesPerFrame: number;
  /** (message, connection) pairs of acknowledged messages that never came. */
  lost: number;
  /** Copies at the wire of what a connection had already; a client drops them by seq. */
  duplicated: number;
  /** New messages at the wire whose seq was under one that the connection had; a client sorts by seq. */
  outOfOrder: number;
}

export interface Percentiles {
  p50: number;
  p99: number;
  max: number;
}

/** Keeps the book of a run: what was sent, acknowledged, and received by which connection, all by one clock. */
export class Ledger {
  readonly #connections: number;
  readonly #sentAt: Float64Array;
  readonly #ackedAt: Float64Array;
  /** By message and connection; NaN until it came. */
  readonly #receivedAt: Float64Array;
  /** The highest seq that each connection has. */
  readonly #highest: Float64Array;
  #frames = 0;
  #deliveries = 0;
  #duplicated = 0;
  #outOfOrder = 0;
  #lastReceiptAt = 0;

  constructor(connections: number, messages: number) {
    this.#connections = connections;
    this.#sentAt = new Float64Array(messages).fill(Number.NaN);
    this.#ackedAt = new Float64Array(messages).fill(Number.NaN);
    this.#receivedAt = new Float64Array(messages * connections).fill(Number.NaN);
    this.#highest = new Float64Array(connections);
  }

  sent(message: number, at: number): void {
    this.#sentAt[message] = at;
  }

  /** The first acknowledgement counts: a frame that was sent again may get two. */
  acknowledged(message: number, at: number): void {
    if (Number.isNaN(this.#ackedAt[message])) this.#ackedAt[message] = at;
  }

  /** One frame, with the messages of this run that it held, in their order. */
  received(connection: number, receipts: readonly Receipt[], at: number): void {
    this.#frames++;
    this.#lastReceiptAt = at;
    for (const { message, seq } of receipts) {
      const index = message * this.#connections + connection;
      if (!Number.isNaN(this.#receivedAt[index])) {
        this.#duplicated++;
        continue;
      }
      this.#receivedAt[index] = at;
      this.#deliveries++;
      if (seq < (this.#highest[connection] ?? 0)) this.#outOfOrder++;
      else this.#highest[connection] = seq;
    }
  }

  get acknowledgements(): number {
    return this.#ackedAt.reduce((count, at) => (Number.isNaN(at) ? count : count + 1), 0);
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  get duplicated(): number {
    return this.#duplicated;
  }

  /** When the last frame of the run came. */
  get lastReceiptAt(): number {
    return this.#lastReceiptAt;
  }

  /** Deliveries in each of `slices` equal stretches of time, the first of which begins at the first send. */
  timeline(slices: number, sliceMs: number): number[] {
    const counts = Array.from({ length: slices }, () => 0);
    const from = this.#firstSentAt();
    for (const at of this.#receivedAt) {
      const slice = Math.floor((at - from) / sliceMs);
      if (slice < slices) counts[slice] = (counts[slice] ?? 0) + 1;
    }
    return counts;
  }

  result(): Result {
    const ackToReceipt = new Times(this.#deliveries);
    const sendToReceipt = new Times(this.#deliveries);
    const sendToAck = new Times(this.#sentAt.length);
    let lost = 0;
    this.#sentAt.forEach((sentAt, message) => {
      const ackedAt = this.#ackedAt[message] ?? Number.NaN;
      const isAcknowledged = !Number.isNaN(ackedAt);
      if (isAcknowledged) sendToAck.add(ackedAt - sentAt);
      const first = message * this.#connections;
      for (const at of this.#receivedAt.subarray(first, first + this.#connections)) {
        if (!Number.isNaN(at)) sendToReceipt.add(at - sentAt);
        if (isAcknowledged && Number.isNaN(at)) lost++;
        else if (isAcknowledged) ackToReceipt.add(at - ackedAt);
      }
    });
    const firstSentAt = this.#firstSentAt();
    return {
      connections: this.#connections,
      messages: this.#sentAt.length,
      unacknowledged: this.#sentAt.length - this.acknowledgements,
      deliveries: this.#deliveries,
      deliveriesPerSecond: (this.#deliveries * 1000) / Math.max(1, this.#lastReceiptAt - firstSentAt),
      ackToReceipt: ackToReceipt.percentiles(),
      sendToReceipt: sendToReceipt.percentiles(),
      sendToAck: sendToAck.percentiles(),
      frames: this.#frames,
      messagesPerFrame: (this.#deliveries + this.#duplicated) / Math.max(1, this.#frames),
      lost,
      duplicated: this.#duplicated,
      outOfOrder: this.#outOfOrder,
    };
  }

  #firstSentAt(): number {
    return this.#sentAt.find((at) => !Number.isNaN(at)) ?? 0;
  }
}

/** Up to `capacity` times: millions of them, and so not in an array that grows. */
class Times {
  readonly #values: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  add(value: number): void {
    this.#values[this.#count++] = value;
  }

  /** By nearest rank; NaN of nothing. */
  percentiles(): Percentiles {
    const sorted = this.#values.subarray(0, this.#count).sort();
    const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}
