import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runServer } from 'verdaccio';

// A Verdaccio as it comes, in a process of its own; it tells what it was asked.
const directory = process.argv[2] ?? '';
const configPath = join(directory, 'verdaccio.yaml');
const handler = await runServer({
  configPath,
  self_path: configPath,
  storage: join(directory, 'storage'),
  auth: {},
  uplinks: {},
  packages: { '**': { access: ['$all'], publish: ['$all'] } },
  web: { enable: false },
  log: { type: 'stdout', format: 'json', level: 'fatal' },
});
const server = createServer((request, response) => {
  process.send?.({ path: decodeURIComponent(request.url ?? ''), authorization: request.headers.authorization });
  handler.emit('request', request, response);
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
