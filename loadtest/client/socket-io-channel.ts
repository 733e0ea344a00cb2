import { type Address, type Channel, LightSocket } from './light-socket.ts';

/** The one event that both sides of the bench emit; its argument is what other systems send as a frame. */
export const frameEvent = 'frame';

const head = `42["${frameEvent}",`;

/**
 * A Socket.IO client over WebSocket alone, as far as a load test needs it: Engine.IO's handshake (`0`), the default
 * namespace (`40`), events (`42`) and heartbeats (`2`, `3`). Texts are JSON: the one argument of `frameEvent`.
 */
export class SocketIoChannel implements Channel {
  onText: Channel['onText'] = () => {};
  onEnd: Channel['onEnd'] = () => {};
  readonly #socket: LightSocket;

  /** @param address of the server; its query is what the server sees as the handshake's */
  static async open({ url, ...address }: Address): Promise<SocketIoChannel> {
    const { origin, search } = new URL(url);
    const parameters = new URLSearchParams(search);
    parameters.set('EIO', '4');
    parameters.set('transport', 'websocket');
    const socket = await LightSocket.open({ ...address, url: `${origin}/socket.io/?${parameters}` });
    const channel = new SocketIoChannel(socket);
    await channel.#connected();
    return channel;
  }

  private constructor(socket: LightSocket) {
    this.#socket = socket;
  }

  send(text: string): void {
    this.#socket.send(`${head}${text}]`);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  async #connected(): Promise<void> {
    const socket = this.#socket;
    await new Promise<void>((resolve, reject) => {
      socket.onEnd = (why) => reject(new Error(`Socket.IO's handshake failed: ${why}`));
      socket.onText = (bytes, start, end) => {
        const text = bytes.toString('utf8', start, end);
        if (text.startsWith('0')) socket.send('40');
        else if (text.startsWith('40')) resolve();
        else reject(new Error(`Socket.IO's handshake failed: ${text}`));
      };
    });
    socket.onEnd = (why) => this.onEnd(why);
    socket.onText = (bytes, start, end) => {
      if (end - start === 1) socket.send('3');
      else this.onText(bytes, start + head.length, end - 1);
    };
  }
}
