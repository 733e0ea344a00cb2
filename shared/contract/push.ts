import * as z from 'zod';

/** What a Web Push carries, as JSON, encrypted for the browser: the page's service worker (web/public/sw.js) shows it. */
export const pushedMessage = z.object({
  room: z.string(),
  /** Without one: a direct room, whose name is that of who writes. */
  roomName: z.string().optional(),
  /** The message, which a click on the notification opens. */
  seq: z.number().int().positive(),
  /** The sender's display name. */
  from: z.string(),
  /** The beginning of the text, on one line. Plain text. */
  text: z.string(),
});

export type PushedMessage = z.infer<typeof pushedMessage>;
