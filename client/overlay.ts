import type { MessageEvent } from '#shared/contract/events.ts';

/** A change of ours that shows before the room tells of it. */
export interface Change {
  readonly seq: number;
  /** The message as it will be. Of one that is changed already it makes the same. */
  apply(message: MessageEvent): MessageEvent;
}

/** A room's messages with our own changes on them, as long as these are on their way. */
export class Overlay {
  #changes: { change: Change; version?: number | undefined }[] = [];
  #under: readonly MessageEvent[] = [];
  #shown: readonly MessageEvent[] | undefined;

  add(change: Change): void {
    this.#changes.push({ change });
    this.#shown = undefined;
  }

  /** The change was refused: the message is as it was. */
  remove(change: Change): void {
    this.#changes = this.#changes.filter((other) => other.change !== change);
    this.#shown = undefined;
  }

  /** The change was made, and the message got `version` by it: ours goes when the room's copy is that far. */
  settle(change: Change, version: number | undefined): void {
    for (const entry of this.#changes) if (entry.change === change) entry.version = version ?? 0;
    this.#shown = undefined;
  }

  /** The same array as long as nothing changes, and `messages` itself where there is nothing to add. */
  over(messages: readonly MessageEvent[]): readonly MessageEvent[] {
    if (this.#changes.length === 0) return messages;
    if (this.#under !== messages) this.#shown = undefined;
    this.#under = messages;
    this.#shown ??= messages.map((message) => this.#changed(message));
    return this.#shown;
  }

  #changed(message: MessageEvent): MessageEvent {
    const there = (entry: { change: Change; version?: number | undefined }) =>
      entry.change.seq === message.seq && entry.version !== undefined && entry.version <= message.version;
    if (this.#changes.some(there)) this.#changes = this.#changes.filter((entry) => !there(entry));
    return this.#changes
      .filter(({ change }) => change.seq === message.seq)
      .reduce((shown, { change }) => change.apply(shown), message);
  }
}

export function edited(seq: number, text: string): Change {
  const editedAt = Date.now();
  return { seq, apply: (message) => (message.text === text ? message : { ...message, text, editedAt }) };
}

export function deleted(seq: number, deletedBy: string | undefined): Change {
  const deletedAt = Date.now();
  return {
    seq,
    apply(message) {
      if (message.deletedAt !== undefined) return message;
      const { attachments: _, mentions: __, reactions: ___, ...rest } = message;
      return { ...rest, text: '', deletedAt, ...(deletedBy !== undefined && { deletedBy }) };
    },
  };
}

export function reacted(seq: number, emoji: string, on: boolean, userId: string): Change {
  return {
    seq,
    apply(message) {
      const before = message.reactions ?? [];
      const users = before.find((reaction) => reaction.emoji === emoji)?.users ?? [];
      if (users.includes(userId) === on) return message;
      const after = { emoji, users: on ? [...users, userId] : users.filter((user) => user !== userId) };
      const reactions = before.map((reaction) => (reaction.emoji === emoji ? after : reaction));
      if (users.length === 0) reactions.push(after);
      return { ...message, reactions: reactions.filter((reaction) => reaction.users.length > 0) };
    },
  };
}
