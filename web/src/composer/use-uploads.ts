import { useCallback, useSyncExternalStore } from 'react';
import { type FanfareApi, type Room, uploadFile } from '#client';
import { useChat } from '../state/chat.ts';
import { Uploads } from './uploads.ts';

const ofRooms = new WeakMap<Room, Uploads>();

/** The files of the room's next message. */
export function useUploads(room: Room) {
  const { api } = useChat().client;
  const uploads = ofRooms.get(room) ?? uploadsTo(api, room);
  const files = useSyncExternalStore(
    uploads.subscribe,
    useCallback(() => uploads.all, [uploads]),
  );
  return { uploads, files };
}

function uploadsTo(api: FanfareApi, room: Room): Uploads {
  const uploads = new Uploads((file, options) => uploadFile(api, room.id, file, options));
  ofRooms.set(room, uploads);
  return uploads;
}
