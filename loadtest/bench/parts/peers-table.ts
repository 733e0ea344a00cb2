/** The table of a room's connections, as the sample peers keep it. */
export function peersTable(room: string): string {
  return `peers-${room}`;
}
