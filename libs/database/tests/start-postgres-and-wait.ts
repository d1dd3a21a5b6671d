// Starts PostgreSQL in the folder given, prints its process id, and waits to be killed.
import { startEmbeddedPostgres } from '@ia-modules/database/embedded-postgres';

const server = await startEmbeddedPostgres({
  dataDir: process.argv[2] ?? '',
  port: 0,
  superuserPassword: 'password',
  isDurable: false,
});
process.stdout.write(`${server.pid}\n`);
setInterval(() => {}, 60_000);
