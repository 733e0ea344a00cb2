import type { ServerFrame } from '#shared/contract/frames.ts';

/**
 * Reads a frame of the server, or undefined where it is none that this client knows: a newer server may send more
 * kinds. Only what the client relies on is checked, since the Zod schemas would be most of its bundle.
 */
export function parseFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    return isServerFrame(frame) ? frame : undefined;
  } catch {
    // Not JSON, such as a proxy's greeting: no frame of ours either.
    return undefined;
  }
}

function isServerFrame(frame: unknown): frame is ServerFrame {
  if (!isObject(frame)) return false;
  switch (frame.type) {
    case 'pong':
      return true;
    case 'ack':
      return typeof frame.id === 'string';
    case 'error':
      return typeof frame.code === 'string' && typeof frame.message === 'string';
    case 'reconnect':
      return typeof frame.before === 'number';
    case 'events':
      return typeof frame.room === 'string' && Array.isArray(frame.events) && frame.events.every(isObject);
    case 'subscribed':
      return (
        typeof frame.id === 'string' && Array.isArray(frame.rooms) && frame.rooms.every(isSubscribedRoom)
      );
    default:
      return false;
  }
}

function isSubscribedRoom(room: unknown): boolean {
  return isObject(room) && typeof room.room === 'string' && Array.isArray(room.messages);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
