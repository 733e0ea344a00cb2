/** Which room a person had before them when they left, on this device. */
export function keptRoom(userId: string): string | undefined {
  return localStorage.getItem(key(userId)) ?? undefined;
}

export function keepRoom(userId: string, room: string): void {
  localStorage.setItem(key(userId), room);
}

function key(userId: string): string {
  return `fanfare.room.${userId}`;
}
