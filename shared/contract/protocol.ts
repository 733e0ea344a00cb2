/** The WebSocket subprotocol. A browser offers it together with `bearer.<jwt>`; the server picks this one. */
export const subprotocol = 'fanfare.v1';

/** Prefix of the second subprotocol, which carries a browser's token. */
export const bearerPrefix = 'bearer.';
