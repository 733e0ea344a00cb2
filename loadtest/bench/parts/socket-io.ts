import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { sendMessageFrame } from '#shared/contract/frames.ts';
import { now } from '../../client/clock.ts';
import { frameEvent } from '../../client/socket-io-channel.ts';
import { clientNumber } from './client-number.ts';
import { broadcaster } from './contract.ts';
import { eventsFrame, nextMessage, nextMessages } from './room-message.ts';
import { serve } from './serve.ts';

/** A chat server as Socket.IO's guide has it: rooms, and an emit to a room. */
const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  serveClient: false,
  perMessageDeflate: false,
  // Heartbeats of thousands of idle connections are not what is measured.
  pingInterval: 3_600_000,
});

serve(broadcaster, {
  listen: async ({ rooms }) => {
    io.on('connection', async (socket) => {
      const number = clientNumber(socket.handshake.headers['user-agent']);
      for (const { room, size } of rooms) if (number < size) await socket.join(room);
      socket.on(frameEvent, (frame: unknown) => {
        const { id, room, text } = sendMessageFrame.parse(frame);
        const message = nextMessage(id, text);
        socket.emit(frameEvent, { type: 'ack', id, room, seq: message.seq, sentAt: message.at });
        io.to(room).emit(frameEvent, eventsFrame(room, [message]));
      });
    });
    http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 });
    await once(http, 'listening');
    return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/` };
  },

  broadcast: ({ room, run, first, count }) => {
    const startedAt = now();
    for (const message of nextMessages(run, first, count))
      io.to(room).emit(frameEvent, eventsFrame(room, [message]));
    return { startedAt };
  },
});
