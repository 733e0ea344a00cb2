import * as z from 'zod';

/**
 * What a room's subscribers are told. Every event carries `at`: milliseconds since the epoch, by the server's clock.
 * (room, seq, version) names a state of a message: a client that has it drops the copy.
 */
export const messageEvent = z.object({
  type: z.literal('message'),
  at: z.number().int(),
  /** The message's place in its room: ordered, never reused, sometimes skipped. */
  seq: z.number().int().positive(),
  /** 1 when sent; higher after each change. */
  version: z.number().int().positive(),
  /** The client's own id of the send: its author matches it with the optimistic copy. */
  id: z.string(),
  /** The verified subject (`sub`) of the sender's token. */
  sender: z.string(),
  /** The sender's display name at the time of sending. */
  senderName: z.string(),
  text: z.string(),
  /** The seq of the message that this one answers. */
  replyTo: z.number().int().positive().optional(),
});

/** One change of a room. Later kinds (edited, reaction, receipt…) join this union. */
export const roomEvent = z.discriminatedUnion('type', [messageEvent]);

export type MessageEvent = z.infer<typeof messageEvent>;
export type RoomEvent = z.infer<typeof roomEvent>;
