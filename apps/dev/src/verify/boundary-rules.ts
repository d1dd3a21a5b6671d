const SDK = '@ia-modules/plugin-sdk';
const TELEMETRY = '@ia-modules/telemetry';
const ENGINE = '@ia-modules/engine';
const AUDIT_CHAIN = '@ia-modules/audit-chain';
const BLOBS = '@ia-modules/blobs';
const NAMES = '@ia-modules/plugin-names';
const CHECKS = '@ia-modules/plugin-checks';
const SIGNATURES = '@ia-modules/plugin-signatures';
const ADMISSION = '@ia-modules/plugin-admission';
const DATABASE = '@ia-modules/database';
const RUNTIME = '@ia-modules/runtime-postgres';
const HOST = '@ia-modules/plugin-host';
const BUILT_IN = '@ia-modules/built-in-plugins';
const HTTP_CLIENT = '@ia-modules/http-client';
const NOTICES = '@ia-modules/run-notices';
const TESTBED = '@ia-modules/plugin-testbed';
const BOUNDED_WORK = '@ia-modules/bounded-work';
const PLUGIN_SQL = '@ia-modules/plugin-sql';

/** What the packages below plugins/ may import; their tests may also run them as the platform does. */
export const PLUGIN_IMPORTS = {
  sources: [SDK, ENGINE, BOUNDED_WORK, HTTP_CLIENT, NOTICES, PLUGIN_SQL],
  tests: [SDK, ENGINE, BOUNDED_WORK, HTTP_CLIENT, NOTICES, PLUGIN_SQL, HOST, TESTBED, DATABASE],
} as const;
/** What the packages below plugins/ may not import from outside of this repository: they reach the network through their context. */
export const PLUGIN_FORBIDDEN = {
  pattern: /^(?:node:)?(?:net|http|https|http2|dgram|dns|cluster|worker_threads|inspector)(?:\/|$)|^undici$/,
  why: 'plugins open no sockets of their own, see ADR 0024',
} as const;
/** Knows every package below plugins/. */
export const PLUGIN_LIST = BUILT_IN;
const SERVICE = '@ia-modules/service';
const SECRETS = '@ia-modules/secrets';
const BENCHMARK = '@ia-modules/benchmark';

/** Which packages of this repository each package may import. Imports point down only; a package not listed fails. */
export const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  [SDK]: [],
  [AUDIT_CHAIN]: [],
  [BENCHMARK]: [],
  [TELEMETRY]: [SDK],
  [ENGINE]: [SDK, TELEMETRY],
  [BLOBS]: [SDK],
  [DATABASE]: [SDK, TELEMETRY, AUDIT_CHAIN, SIGNATURES],
  [HOST]: [SDK, TELEMETRY, ENGINE],
  [BUILT_IN]: [SDK, ENGINE],
  [HTTP_CLIENT]: [SDK, BOUNDED_WORK],
  [NOTICES]: [SDK],
  [BOUNDED_WORK]: [SDK],
  [TESTBED]: [SDK, HOST],
  [PLUGIN_SQL]: [SDK],
  [SERVICE]: [SDK, TELEMETRY],
  [SECRETS]: [SDK],
  [NAMES]: [],
  [CHECKS]: [SDK, HOST],
  [SIGNATURES]: [SDK],
  [ADMISSION]: [SDK, SIGNATURES],
  [RUNTIME]: [SDK, TELEMETRY, ENGINE, DATABASE, BLOBS, ADMISSION],
  '@ia-modules/api': [
    SDK,
    TELEMETRY,
    SERVICE,
    SECRETS,
    BENCHMARK,
    ENGINE,
    DATABASE,
    BLOBS,
    RUNTIME,
    HOST,
    BUILT_IN,
    SIGNATURES,
    ADMISSION,
    NAMES,
  ],
  '@ia-modules/worker': [
    SDK,
    TELEMETRY,
    SERVICE,
    SECRETS,
    ENGINE,
    DATABASE,
    BLOBS,
    RUNTIME,
    HOST,
    BUILT_IN,
    SIGNATURES,
    ADMISSION,
  ],
  '@ia-modules/registry': [SDK, TELEMETRY, SERVICE, DATABASE, HOST, SIGNATURES, NAMES, CHECKS, BUILT_IN, BLOBS],
  '@ia-modules/cli': [SDK, TELEMETRY, AUDIT_CHAIN, BENCHMARK, ENGINE, HOST, BUILT_IN, CHECKS],
  '@ia-modules/portal': [],
  '@ia-modules/dev': [SDK, TELEMETRY, SERVICE, DATABASE],
};

/** Folders outside of every package, which may use the packages' exports. */
export const CROSS_PACKAGE_FOLDERS = ['tests', 'bench', 'scripts'] as const;

/** What a package may not import from outside of this repository, and why. */
export const FORBIDDEN_MODULES: readonly Readonly<{
  packageName: string;
  pattern: RegExp;
  why: string;
  /** Folders of the package that may, each an entry of its own. */
  except?: readonly string[];
}>[] = [
  {
    packageName: ENGINE,
    pattern:
      /^(graphql|@graphql|@pothos|pg$|@prisma|prisma|next|verdaccio|express|ws$|undici|node:(http|https|http2|net|fs|child_process|dgram|tls)|http$|https$|net$|fs$)/,
    why: 'the engine does no I/O: it defines ports',
  },
  {
    packageName: SDK,
    pattern: /^(node:(?!stream)|ajv|pg$|graphql|@prisma)/,
    why: 'plugin authors bundle the SDK',
    except: ['src/testing'],
  },
  { packageName: SDK, pattern: /^semver/, why: 'plugin authors bundle the SDK', except: ['src/dependencies'] },
  { packageName: '@ia-modules/portal', pattern: /^(pg$|@prisma|prisma)/, why: 'the portal knows the API only' },
];
