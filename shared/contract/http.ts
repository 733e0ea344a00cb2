import * as z from 'zod';
import { messageEvent } from './events.ts';
import { roomId } from './frames.ts';
import { limits } from './limits.ts';

/** `GET /api/me` */
export const me = z.object({ userId: z.string(), name: z.string() });

/** `GET /api/rooms`: the rooms that one is a member of. */
export const myRooms = z.object({
  rooms: z.array(
    z.object({
      room: roomId,
      role: z.enum(['moderator', 'member']),
      readSeq: z.number().int().min(0),
    }),
  ),
});

/** Query of `GET /api/rooms/{room}/messages`: before or after a seq; the newest ones without either. */
export const historyQuery = z
  .object({
    before: z.coerce.number().int().positive().optional(),
    after: z.coerce.number().int().min(0).optional(),
    limit: z.coerce.number().int().min(1).max(limits.pageSize).default(limits.newestPageSize),
  })
  .refine(
    ({ before, after }) => before === undefined || after === undefined,
    'before and after exclude each other',
  );

/** Its answer, oldest first. */
export const history = z.object({ messages: z.array(messageEvent) });

/** What the HTTP API answers with when it refuses (RFC 9457, `application/problem+json`). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
});

export type HistoryQuery = z.infer<typeof historyQuery>;
export type Problem = z.infer<typeof problem>;
