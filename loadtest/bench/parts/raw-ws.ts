import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { sendMessageFrame } from '#shared/contract/frames.ts';
import { now } from '../../client/clock.ts';
import { serverFrame } from '../../client/websocket-frames.ts';
import { clientNumber } from './client-number.ts';
import { broadcaster } from './contract.ts';
import { eventsFrame, nextMessage, nextMessages } from './room-message.ts';
import { serve } from './serve.ts';

/*
 * The bound of one Node process: each message's WebSocket frame is made once, and its bytes are written to each socket,
 * past everything that the ws package would do for each.
 */

const sockets: Socket[] = [];
const sizes = new Map<string, number>();

serve(broadcaster, {
  listen: async ({ rooms }) => {
    for (const { room, size } of rooms) sizes.set(room, size);
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      backlog: 4_096,
      perMessageDeflate: false,
    });
    server.on('connection', (webSocket, { headers, socket }) => {
      sockets[clientNumber(headers['user-agent'])] = socket;
      webSocket.on('message', (data) => {
        const { id, room, text } = sendMessageFrame.parse(JSON.parse(String(data)));
        const message = nextMessage(id, text);
        webSocket.send(JSON.stringify({ type: 'ack', id, room, seq: message.seq, sentAt: message.at }));
        broadcast(room, eventsFrame(room, [message]));
      });
    });
    await once(server, 'listening');
    return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/` };
  },

  broadcast: ({ room, run, first, count }) => {
    const startedAt = now();
    for (const message of nextMessages(run, first, count)) broadcast(room, eventsFrame(room, [message]));
    return { startedAt };
  },
});

function broadcast(room: string, frame: object): void {
  const bytes = serverFrame(Buffer.from(JSON.stringify(frame)));
  for (const socket of sockets.slice(0, sizes.get(room))) socket.write(bytes);
}
