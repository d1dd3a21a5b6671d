import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { foreignAnswer, notFound, unreachable } from '../../platform/api-failure.ts';
import { exportTenant, type TenantExport, tenantExport } from '../../platform/documents/tenant-life-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import type { CommandRegistration } from '../registration.ts';

const POLL_MS = 1_000;
const FILE_NAME = /^[a-z_]{1,64}\.jsonl\.gz$/;

/** `ia-modules tenants export`: everything that the platform keeps of a tenant, as files. */
export const addExportCommand = (registration: CommandRegistration, group: CommandRegistration['program']): void => {
  platformCommand(group, 'export', 'Write everything of the tenant to files, one a table, without values of secrets.')
    .option('--out <folder>', 'where to; made when it is not there', 'export')
    .action(
      withSession<{ readonly out: string }>(registration, async (session, { out }) => {
        const { id: tenantId } = await session.tenant();
        const { export: asked } = await session.api.mutate(exportTenant, { input: { tenantId } });
        const done = await waitFor(session, asked);
        await mkdir(out, { recursive: true });
        const { apiUrl } = session.api.connection;
        for (const file of done.files) await download(out, { ...file, url: reachable(file.url, apiUrl) });
        if (done.manifestUrl !== null) {
          await save(reachable(done.manifestUrl, apiUrl), path.join(out, 'manifest.json'));
        }
        const rows = done.files.reduce((sum, file) => sum + file.rows, 0);
        session.print({
          json: { folder: out, files: done.files.map(({ url: _url, ...file }) => file) },
          text: () => `${done.files.length} files with ${rows} rows in ${out}\n`,
        });
      }),
    );
};

/** The API tells its public address; this command was told one that it can reach. */
const reachable = (url: string, apiUrl: string): string => {
  const { pathname, search } = new URL(url);
  return new URL(`${pathname}${search}`, apiUrl).href;
};

const waitFor = async (session: PlatformSession, asked: TenantExport): Promise<TenantExport> => {
  for (let found: TenantExport | null = asked; ; ) {
    if (found === null || found.status === 'expired') throw notFound('The export is gone.');
    if (found.status === 'succeeded') return found;
    await delay(POLL_MS);
    found = (await session.api.query(tenantExport, { id: asked.id })).node;
  }
};

const download = async (folder: string, { name, url, sha256 }: TenantExport['files'][number]): Promise<void> => {
  if (!FILE_NAME.test(name)) throw foreignAnswer(`The API names a file that is none of an export: ${name}.`);
  if ((await save(url, path.join(folder, name))) === sha256) return;
  throw new PlatformError({
    code: 'IA_CLI_API_ANSWER',
    message: `${name} did not come as it was written.`,
    hint: 'Export again.',
    fault: 'infra',
  });
};

/** Says the SHA-256 of what was written. */
const save = async (url: string, file: string): Promise<string> => {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const response = await fetch(url, { redirect: 'error' }).catch((error: unknown) => {
    throw unreachable(url.replace(/\?.*/, ''), error);
  });
  if (!response.ok || response.body === null) throw notFound('A file of the export can not be read any more.');
  await pipeline(Readable.from(response.body), hashing, createWriteStream(file));
  return hash.digest('hex');
};
