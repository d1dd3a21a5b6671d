/** Verdaccio as it comes, on a folder of packages that everybody may read. */
import type { Server } from 'node:http';
import path from 'node:path';
import process from 'node:process';
import { runServer } from 'verdaccio';

const storage = process.env['BENCH_STORAGE'] ?? '';
const configPath = path.join(storage, 'verdaccio.yaml');
const server: Server = await runServer({
  configPath,
  self_path: configPath,
  storage,
  uplinks: {},
  packages: { '**': { access: '$all', publish: '$authenticated', unpublish: '$authenticated' } },
  web: { enable: false },
  log: { type: 'stdout', format: 'json', level: 'error' },
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
});
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
