import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Report } from './build-artifacts.ts';
import { type DevConfig, type Ports, publicHost } from './config.ts';
import { inRepository, SOURCE_FLAGS } from './repository.ts';
import type { Secrets } from './secrets.ts';
import { Service, type ServiceDefinition } from './service.ts';

export type ServiceName = 'registry' | 'api' | 'worker' | 'portal';

export type PlatformUrls = Readonly<{ portal: string; api: string; graphql: string; registry: string }>;

export type ServiceContext = Readonly<{
  config: DevConfig;
  ports: Ports;
  secrets: Secrets;
  databaseUrls: Readonly<Record<'app' | 'worker' | 'registry' | 'auth', string>>;
}>;

export function publicUrls(config: DevConfig, ports: Ports): PlatformUrls {
  const at = (port: number) => `http://${publicHost(config.host)}:${port}`;
  return {
    portal: at(ports.portal),
    api: at(ports.api),
    graphql: `${at(ports.api)}/graphql`,
    registry: at(ports.registry),
  };
}

export function createServices(context: ServiceContext, report: Report): Readonly<Record<ServiceName, Service>> {
  const service = (definition: Omit<ServiceDefinition, 'logFile'>) =>
    new Service(
      { ...definition, logFile: path.join(context.config.dataDir, 'logs', `${definition.name}.log`) },
      report,
    );
  return {
    registry: service(registry(context)),
    api: service(api(context)),
    worker: service(worker(context)),
    portal: service(portal(context)),
  };
}

/** What the API's own programs need to know: the server and the seed. */
export function apiEnvironment({ config, ports, secrets, databaseUrls }: ServiceContext): Record<string, string> {
  const urls = publicUrls(config, ports);
  return {
    ...shared(config),
    IA_API_PORT: String(ports.api),
    IA_API_DATABASE_URL: databaseUrls.app,
    IA_AUTH_DATABASE_URL: databaseUrls.auth,
    IA_AUTH_SECRET: secrets.authSecret,
    IA_BLOB_URL: config.blobUrl,
    IA_SECRET_KEY: secrets.secretKey,
    ...oldSecretKeys(secrets),
    IA_PUBLIC_API_URL: urls.api,
    IA_PUBLIC_PORTAL_URL: urls.portal,
    IA_MAIL_OUTBOX: config.outbox,
    IA_PLATFORM_ADMINS: config.platformAdmins.join(','),
  };
}

function api(context: ServiceContext): Omit<ServiceDefinition, 'logFile'> {
  return {
    name: 'api',
    args: [...SOURCE_FLAGS, inRepository('apps/api/src/main.ts')],
    env: apiEnvironment(context),
    healthUrl: `${local(context.config, context.ports.api)}/readyz`,
  };
}

function registry({ config, ports, secrets, databaseUrls }: ServiceContext): Omit<ServiceDefinition, 'logFile'> {
  return {
    name: 'registry',
    args: [...SOURCE_FLAGS, inRepository('apps/registry/src/main.ts')],
    env: {
      ...shared(config),
      IA_REGISTRY_PORT: String(ports.registry),
      IA_REGISTRY_STORAGE: path.join(config.dataDir, 'registry'),
      IA_REGISTRY_DATABASE_URL: databaseUrls.registry,
      IA_INTERNAL_TOKEN: secrets.internalToken,
      IA_PUBLIC_REGISTRY_URL: publicUrls(config, ports).registry,
      IA_PUBLIC_PORTAL_URL: publicUrls(config, ports).portal,
    },
    healthUrl: `${local(config, ports.registry)}/-/ping`,
  };
}

function worker({ config, ports, secrets, databaseUrls }: ServiceContext): Omit<ServiceDefinition, 'logFile'> {
  // The platform's own public endpoints, which on one machine have loopback addresses.
  const ownEndpoints = [`localhost:${ports.registry}`, `localhost:${ports.api}`];
  return {
    name: 'worker',
    args: [...SOURCE_FLAGS, inRepository('apps/worker/src/main.ts')],
    env: {
      ...shared(config),
      IA_WORKER_DATABASE_URL: databaseUrls.worker,
      IA_REGISTRY_URL: local(config, ports.registry),
      IA_INTERNAL_TOKEN: secrets.internalToken,
      IA_DATA_DIR: config.dataDir,
      IA_BLOB_URL: config.blobUrl,
      IA_SECRET_KEY: secrets.secretKey,
      ...oldSecretKeys(secrets),
      IA_EGRESS_ALLOW: [...ownEndpoints, ...config.egressAllow].join(','),
    },
  };
}

function portal({ config, ports }: ServiceContext): Omit<ServiceDefinition, 'logFile'> {
  const next = inRepository('node_modules/next/dist/bin/next');
  const exitWithParent = pathToFileURL(inRepository('apps/dev/src/exit-with-parent.ts')).href;
  return {
    name: 'portal',
    // Next.js listens on one address only and takes it from this name: 127.0.0.1, which every `localhost` tries.
    args: [
      '--import',
      exitWithParent,
      '--dns-result-order=ipv4first',
      next,
      'start',
      '-p',
      String(ports.portal),
      '-H',
      config.host ?? 'localhost',
    ],
    cwd: inRepository('apps/portal'),
    env: {
      ...shared(config),
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      IA_PUBLIC_API_URL: publicUrls(config, ports).api,
      IA_API_URL: local(config, ports.api),
    },
    healthUrl: `${local(config, ports.portal)}/sign-in`,
  };
}

function oldSecretKeys({ oldSecretKeys: keys }: Secrets): Record<string, string> {
  return keys.length === 0 ? {} : { IA_SECRET_KEYS_OLD: keys.join(',') };
}

function shared(config: DevConfig): Record<string, string> {
  return {
    ...(config.host !== undefined && { IA_HOST: config.host }),
    NODE_COMPILE_CACHE: path.join(config.dataDir, 'cache', 'compile'),
  };
}

/** How this machine reaches a service of its own. */
function local(config: DevConfig, port: number): string {
  const isEverywhere = config.host === undefined || config.host === '0.0.0.0' || config.host === '::';
  return `http://${isEverywhere ? 'localhost' : publicHost(config.host)}:${port}`;
}
