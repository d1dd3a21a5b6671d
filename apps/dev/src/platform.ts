import { BOOT_STEPS, type Boot, tearDown } from './boot.ts';
import { type DevConfig, readConfig } from './config.ts';
import type { PlatformAccess } from './platform-file.ts';
import { type PlatformUrls, publicUrls, type ServiceName } from './services.ts';

export { freePort } from './ports.ts';
export type { PlatformAccess } from './platform-file.ts';
export type { PlatformUrls, ServiceName } from './services.ts';

export type PlatformOptions = Readonly<{
  dataDir: string;
  /** Each that is left out takes a free one. */
  ports?: Partial<DevConfig['ports']>;
  /** @default none: PostgreSQL is embedded */
  databaseUrl?: string;
  egressAllow?: readonly string[];
  /** Told what goes on. @default says nothing */
  report?: (message: string) => void;
}>;

export type Platform = Readonly<{
  urls: PlatformUrls;
  access: PlatformAccess;
  demo: PlatformAccess['demo'];
  /** A service that is being started again has none. */
  pids: () => Readonly<Record<ServiceName, number | undefined> & { postgres: number | undefined }>;
  /** The superuser's connection to the platform's database. */
  adminUrl: string;
  dataDir: string;
  stop: () => Promise<void>;
}>;

/** Starts a whole platform of its own: PostgreSQL, registry, API, worker and portal, with a seeded demo tenant. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const report = options.report ?? (() => {});
  const boot: Boot = { config: platformConfig(options), report };
  try {
    for (const step of BOOT_STEPS) {
      report(step.title);
      await step.run(boot, report);
    }
    return describe(boot);
  } catch (error) {
    await tearDown(boot);
    throw error;
  }
}

function platformConfig(options: PlatformOptions): DevConfig {
  const defaults = readConfig({ IA_DATA_DIR: options.dataDir });
  return {
    ...defaults,
    ports: { portal: 0, api: 0, registry: 0, postgres: 0, ...options.ports },
    databaseUrl: options.databaseUrl,
    egressAllow: options.egressAllow ?? [],
  };
}

function describe(boot: Boot): Platform {
  const { config, ports, services, access } = boot;
  const adminUrl = config.databaseUrl ?? boot.postgres?.adminUrl;
  if (ports === undefined || services === undefined || access === undefined || adminUrl === undefined) {
    throw new TypeError('the start left something out');
  }
  return {
    urls: publicUrls(config, ports),
    access,
    demo: access.demo,
    pids: () => ({
      registry: services.registry.pid,
      api: services.api.pid,
      worker: services.worker.pid,
      portal: services.portal.pid,
      postgres: boot.postgres?.pid,
    }),
    adminUrl,
    dataDir: config.dataDir,
    stop: () => tearDown(boot),
  };
}
