/** The attributes by which a room is found: none, unless it is public and lives. */
export function listingOf({
  visibility,
  archivedAt,
  name,
}: {
  visibility: 'public' | 'private';
  name: string;
  archivedAt?: number | undefined;
}) {
  return visibility === 'public' && archivedAt === undefined
    ? { listing: 'PUBLIC', listedName: name.toLowerCase() }
    : {};
}
