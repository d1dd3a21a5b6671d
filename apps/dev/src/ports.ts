import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { listenAddresses } from '@ia-modules/service';
import { PORT_VARIABLES, type Ports } from './config.ts';
import { findListener } from './process-table.ts';

/** The services of an earlier start that was killed need a moment to notice it. */
const PATIENCE_MS = 3_000;
const POLL_MS = 150;

/** Checks that each wanted port is free and chooses one for each 0. @throws PlatformError IA_PLATFORM_PORT */
export async function settlePorts(ports: Ports, host: string | undefined): Promise<Ports> {
  const addresses = listenAddresses(host);
  const settle = async (name: keyof Ports) => {
    if (ports[name] === 0) return name === 'postgres' ? 0 : freePort();
    await waitUntilFree(name, ports[name], addresses);
    return ports[name];
  };
  return {
    portal: await settle('portal'),
    api: await settle('api'),
    registry: await settle('registry'),
    // PostgreSQL has its own check: one that was left over on this data folder is no stranger.
    postgres: ports.postgres,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function waitUntilFree(name: keyof Ports, port: number, addresses: readonly string[]): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const problems = await Promise.all(addresses.map((address) => listenProblem(port, address)));
    const problem = problems.find((code) => code !== undefined);
    if (problem === undefined) return;
    if (problem !== 'EADDRINUSE' || Date.now() > deadline) throw portError(name, port, problem);
    await delay(POLL_MS);
  }
}

function listenProblem(port: number, address: string): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1 to be taken.
      const isAbsent = error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT';
      resolve(isAbsent && address === '::1' ? undefined : (error.code ?? error.message));
    });
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function portError(name: keyof Ports, port: number, problem: string): PlatformError {
  const variable = PORT_VARIABLES[name];
  const listener = findListener(port);
  const owner = listener === undefined ? 'another program' : `process ${listener.pid} (${listener.command})`;
  const reason = {
    EADDRINUSE: `is in use by ${owner}`,
    EACCES: 'may not be used by this user (ports below 1024 belong to root)',
    EADDRNOTAVAIL: 'belongs to an address that this machine does not have (IA_HOST)',
  }[problem];
  return new PlatformError({
    code: 'IA_PLATFORM_PORT',
    message: `Port ${port}, wanted by the ${name}, ${reason ?? `can't be used (${problem})`}.`,
    hint: `Stop that program, or choose another port: ${variable}=${port + 1} npm start`,
  });
}
