import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export type RestateServer = AsyncDisposable & { readonly adminUrl: string; readonly ingressUrl: string };

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;
const LOG_TAIL_CHARACTERS = 800;

/** Starts a Restate server of one node on free ports of 127.0.0.1; it ends with this process. */
export const startRestateServer = async (directory: string): Promise<RestateServer> => {
  const binary = findBinary();
  const [ingress, admin, node] = [await freePort(), await freePort(), await freePort()];
  const logFile = path.join(directory, 'restate.log');
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(binary, ['--no-logo'], {
    cwd: directory,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'] ?? '',
      DO_NOT_TRACK: '1',
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_NODE_NAME: 'bench',
      RESTATE_BASE_DIR: path.join(directory, 'restate'),
      RESTATE_LISTEN_MODE: 'tcp',
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    },
  });
  closeSync(log);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    await end(child);
    process.off('exit', kill);
  };
  const adminUrl = `http://127.0.0.1:${admin}`;
  const ingressUrl = `http://127.0.0.1:${ingress}`;
  const isUp = await untilHealthy(child, [`${adminUrl}/health`, `${ingressUrl}/restate/health`]);
  if (!isUp) {
    await stop();
    throw new Error(`Restate did not start: ${readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS)}`);
  }
  return { adminUrl, ingressUrl, [Symbol.asyncDispose]: stop };
};

/** Each platform has its own package; npm installs the one that fits, if there is one. */
const findBinary = (): string => {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return path.join(path.dirname(manifest), 'bin/restate-server');
};

const untilHealthy = async (child: ChildProcess, urls: readonly string[]): Promise<boolean> => {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    const answers = await Promise.all(
      urls.map((url) =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        ),
      ),
    );
    if (!answers.includes(false)) return true;
    await delay(POLL_MS);
  }
  return false;
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const lastResort = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(lastResort);
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};
