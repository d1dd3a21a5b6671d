/** The least that sends a text to many websockets: what one comes from, all others get. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { WebSocketServer } from 'ws';

const http = createServer();
const server = new WebSocketServer({ server: http });
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const text = (data as Buffer).toString();
    for (const client of server.clients) if (client !== socket) client.send(text);
  });
});
http.listen(0, '127.0.0.1', () => {
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
