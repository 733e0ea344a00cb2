export {
  ApiError,
  type ApiOptions,
  type Ban,
  FanfareApi,
  type HistoryPage,
  type Member,
  type MyRoom,
  type Person,
  type PublicRoom,
  type Webhook,
} from './api.ts';
export { type ClientEvents, type ClientOptions, FanfareClient } from './client.ts';
export type { Status } from './connection.ts';
export { FanfareError } from './errors.ts';
export type { Feed, FeedEvents } from './feed.ts';
export { RoomLog } from './log.ts';
export type { PendingMessage, SendOptions, Sent } from './outbox.ts';
export type { Typist } from './people.ts';
export type { Message, Recovery, Room, RoomEvents, RoomState } from './room.ts';
export type { Timing } from './timing.ts';
export { type UploadOptions, uploadFile } from './upload.ts';
