import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createBlobStore } from '@ia-modules/blobs';
import { createPool } from '@ia-modules/runtime-postgres';
import { pino } from 'pino';
import { createPluginStore } from '../src/plugin-store.ts';
import { createCodeAdmission } from '../src/admission/code-admission.ts';
import { openRehearsals } from '../src/rehearsal/open-rehearsals.ts';
import type { Rehearsals } from '../src/rehearsal/rehearsals.ts';
import { TOKEN } from './tarball-server.ts';

export type StartOptions = {
  readonly databaseUrl: string;
  readonly registryUrl: string;
  readonly dataDir: string;
  readonly leaseMs?: number;
};

const POLL_MS = 50;

/** The part of a worker that rehearses, alone. */
export const startOn = async ({ databaseUrl, registryUrl, dataDir, leaseMs }: StartOptions): Promise<Rehearsals> => {
  const pool = createPool({ url: databaseUrl, applicationName: 'rehearsals', maxConnections: 2 });
  const directory = path.join(dataDir, 'plugins');
  const store = createPluginStore({ directory, registryUrl, internalToken: TOKEN });
  const admission = createCodeAdmission({ databaseUrl, pool, trustedKeyIds: [] });
  const rehearsals = await openRehearsals({
    processes: { level: 'caged' },
    pool,
    admission: admission.published,
    blobs: createBlobStore(pathToFileURL(path.join(dataDir, 'blobs')).href),
    log: pino({ level: 'silent' }),
    pollMs: POLL_MS,
    ...(leaseMs === undefined ? {} : { leaseMs }),
    installPlugin: (reference, signal) => store.install(reference, signal),
  });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await rehearsals.stop();
    await admission.close();
    await pool.end();
  };
  return { stop: () => (stopped ??= stop()) };
};
