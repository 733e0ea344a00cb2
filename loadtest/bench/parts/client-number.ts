const prefix = 'bench-';

/** The user agent by which a client tells a server which one it is. */
export function userAgentOf(client: number): string {
  return `${prefix}${client}`;
}

/** @throws RangeError for another program's */
export function clientNumber(userAgent: string | undefined): number {
  const number = Number(userAgent?.slice(prefix.length));
  if (!userAgent?.startsWith(prefix) || !Number.isInteger(number))
    throw new RangeError(`${userAgent} is no client`);
  return number;
}
