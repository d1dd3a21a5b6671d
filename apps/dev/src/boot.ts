import { accessSync, constants, mkdirSync } from 'node:fs';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { buildPortal, buildPrismaClient, type Report } from './build-artifacts.ts';
import type { DevConfig, Ports } from './config.ts';
import { type LockHolder, tryLock } from './file-lock.ts';
import { type PlatformAccess, readPlatformFile, writePlatformFile } from './platform-file.ts';
import { settlePorts } from './ports.ts';
import { SupervisedPostgres } from './postgres.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { seedDemo } from './seed-demo.ts';
import type { Service } from './service.ts';
import { createServices, publicUrls, type ServiceContext, type ServiceName } from './services.ts';

/** What the steps of a start have made so far; each step relies on those before it. */
export type Boot = {
  readonly config: DevConfig;
  readonly report: Report;
  releaseLock?: (() => void) | undefined;
  ports?: Ports;
  secrets?: Secrets;
  postgres?: SupervisedPostgres | undefined;
  databaseUrls?: ServiceContext['databaseUrls'];
  services?: Readonly<Record<ServiceName, Service>>;
  access?: PlatformAccess;
};

export type BootStep = Readonly<{ title: string; run: (boot: Boot, progress: Report) => Promise<void> }>;

/** The order in which a stop ends them: first those that let people in; the database outlives them all. */
const STOP_ORDER: readonly (readonly ServiceName[])[] = [['portal', 'api'], ['worker'], ['registry']];

export const BOOT_STEPS: readonly BootStep[] = [
  { title: 'Check folder and ports', run: checkSurroundings },
  { title: 'Generate database client', run: async (_, progress) => void (await buildPrismaClient(progress)) },
  { title: 'Start PostgreSQL', run: startDatabase },
  { title: 'Migrate database', run: migrateDatabase },
  { title: 'Build portal', run: async (_, progress) => void (await buildPortal(progress)) },
  { title: 'Start services and seed the demo tenant', run: startServices },
];

/** Stops whatever was started so far; a second call finds nothing left to stop. */
export async function tearDown(boot: Boot): Promise<void> {
  const { services, postgres, releaseLock } = boot;
  boot.postgres = undefined;
  boot.releaseLock = undefined;
  try {
    if (services === undefined) return;
    for (const names of STOP_ORDER) await Promise.all(names.map((name) => services[name].stop()));
  } finally {
    await postgres?.stop();
    releaseLock?.();
  }
}

export class AlreadyRunningError extends PlatformError {
  readonly holder: LockHolder;

  constructor(dataDir: string, holder: LockHolder) {
    const access = readPlatformFile(dataDir);
    const where =
      access === undefined ? '' : `: portal ${access.portal}, GraphQL ${access.graphql}, registry ${access.registry}`;
    super({
      code: 'IA_PLATFORM_RUNNING',
      message: `The platform already runs on ${dataDir} (process ${holder.pid})${where}.`,
      hint: `Use it, stop it (Ctrl-C there, or kill ${holder.pid}), or set IA_DATA_DIR and other ports for a second one.`,
    });
    this.holder = holder;
  }
}

async function checkSurroundings(boot: Boot): Promise<void> {
  const { config } = boot;
  ensureWritable(config.dataDir);
  const lock = tryLock(`${config.dataDir}/platform.lock`);
  if (!lock.held) throw new AlreadyRunningError(config.dataDir, lock.holder);
  boot.releaseLock = lock.release;
  boot.ports = await settlePorts(config.ports, config.host);
  boot.secrets = loadSecrets(config.dataDir, boot.report);
}

function ensureWritable(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new PlatformError({
      code: 'IA_PLATFORM_DATA_DIR',
      message: `The data folder ${dataDir} can't be written by this user: ${(cause as Error).message}.`,
      hint: 'Change its owner, run as the user that owns it, or set IA_DATA_DIR to a folder of yours.',
      cause,
    });
  }
}

async function startDatabase(boot: Boot, progress: Report): Promise<void> {
  const { config, report } = boot;
  if (config.databaseUrl !== undefined) {
    progress('using DATABASE_URL');
    return;
  }
  boot.postgres = await SupervisedPostgres.start({
    dataDir: `${config.dataDir}/postgres`,
    port: settled(boot.ports).postgres,
    superuserPassword: settled(boot.secrets).postgresPassword,
    report,
  });
}

async function migrateDatabase(boot: Boot): Promise<void> {
  // Loaded this late since it needs the generated client of an earlier step.
  const { migrate, provisionRoles } = await import('@ia-modules/database');
  const adminUrl = boot.config.databaseUrl ?? settled(boot.postgres).adminUrl;
  await migrate(adminUrl);
  boot.databaseUrls = await provisionRoles(adminUrl, { passwords: settled(boot.secrets).rolePasswords });
}

async function startServices(boot: Boot, progress: Report): Promise<void> {
  const { config, report } = boot;
  const context: ServiceContext = {
    config,
    ports: settled(boot.ports),
    secrets: settled(boot.secrets),
    databaseUrls: settled(boot.databaseUrls),
  };
  const services = createServices(context, report);
  boot.services = services;
  const waiting = new Set<string>(['demo tenant', ...Object.keys(services)]);
  const track = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const result = await work;
    waiting.delete(name);
    if (waiting.size > 0) progress(`waiting for ${[...waiting].join(', ')}`);
    return result;
  };
  const [seeded] = await Promise.all([
    track('demo tenant', seedDemo(context)),
    ...Object.values(services).map((service) => track(service.name, service.start())),
  ]);
  const urls = publicUrls(config, context.ports);
  boot.access = { portal: urls.portal, graphql: urls.graphql, registry: urls.registry, ...seeded };
  writePlatformFile(config.dataDir, boot.access);
}

function settled<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a step of the start ran before the one that it relies on');
  return value;
}
