import { PlatformError } from '@ia-modules/plugin-sdk';
import { runCommand } from './command.ts';
import { waitForLock } from './file-lock.ts';
import { inRepository } from './repository.ts';
import { digest, isUpToDate, markUpToDate, type SourceStamp } from './source-stamp.ts';

type Artifact = SourceStamp &
  Readonly<{ name: string; command: readonly string[]; env?: Readonly<Record<string, string>> }>;

const PRISMA_CLIENT: Artifact = {
  name: 'the database client',
  sources: ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json'],
  stampFile: 'libs/database/src/generated/.source-digest',
  command: ['prisma', 'generate', '--schema', 'prisma/schema.prisma'],
  // Generating needs no schema engine, but Prisma looks for one and would download it.
  env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
};

const PORTAL: Artifact = {
  name: 'the portal',
  sources: ['apps/portal', 'apps/api/schema.graphql', 'tsconfig.base.json', 'package-lock.json'],
  stampFile: 'apps/portal/.next/.source-digest',
  result: 'apps/portal/.next/BUILD_ID',
  command: ['npm', 'run', 'build', '--workspace', 'apps/portal'],
  env: { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', npm_config_loglevel: 'error' },
};

const PORTAL_DOCUMENTS: Artifact = {
  name: "the portal's GraphQL documents",
  sources: ['apps/portal/src', 'apps/portal/codegen.ts', 'apps/api/schema.graphql', 'package-lock.json'],
  stampFile: 'apps/portal/src/gql/.source-digest',
  command: ['npm', 'run', 'codegen', '--workspace', 'apps/portal'],
  env: { npm_config_loglevel: 'error' },
};

/** Told in a line what goes on. */
export type Report = (message: string) => void;

export const buildPrismaClient = (report: Report) => build(PRISMA_CLIENT, report);
export const buildPortal = (report: Report) => build(PORTAL, report);
export const buildPortalDocuments = (report: Report) => build(PORTAL_DOCUMENTS, report);

/** Builds what its sources outdated; processes that want the same at once wait for the first. */
async function build(artifact: Artifact, report: Report): Promise<'built' | 'up to date'> {
  if (isUpToDate(artifact)) return 'up to date';
  const lockName = artifact.stampFile.replaceAll(/[^a-z]+/gi, '-');
  const release = await waitForLock(
    inRepository('node_modules', '.cache', 'ia-modules', `${lockName}.lock`),
    ({ pid }) => report(`process ${pid} builds ${artifact.name} already: waiting for it`),
  );
  try {
    if (isUpToDate(artifact)) return 'up to date';
    const built = digest(artifact.sources);
    const { code, output } = await runCommand(artifact.command, { env: artifact.env, onLine: report });
    if (code !== 0) throw buildError(artifact, output);
    markUpToDate(artifact, built);
    return 'built';
  } finally {
    release();
  }
}

function buildError(artifact: Artifact, output: string): PlatformError {
  return new PlatformError({
    code: 'IA_PLATFORM_BUILD',
    message: `Building ${artifact.name} failed (${artifact.command.join(' ')}):\n${output.split('\n').slice(-30).join('\n')}`,
    hint: 'The output above says why; a changed or incomplete checkout is the usual reason.',
    fault: 'infra',
  });
}
