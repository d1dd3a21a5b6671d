import { type ErrorCode, PlatformError } from '@ia-modules/plugin-sdk';
import type { Terminal } from '../terminal.ts';
import { printable } from '../printable.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { unauthenticated } from './api-failure.ts';
import { type ConnectionOptions, readConnection } from './connection.ts';
import { pipelinesByName, type Tenant, viewerTenants } from './documents/tenant-documents.ts';
import { formOfId, type NodeType, toGlobalId } from './global-id.ts';

/** What one command that asks the platform works with. */
export type PlatformSession = {
  readonly api: ApiClient;
  readonly terminal: Terminal;
  readonly isJson: boolean;
  /** The tenant that the command works for; asked for once. */
  readonly tenant: () => Promise<Tenant>;
  /** Takes a global id, or a UUID of the tenant. @throws PlatformError for what is neither */
  readonly idOf: (type: NodeType, text: string) => Promise<string>;
  /** Takes a pipeline's name, its global id or its UUID. */
  readonly pipelineId: (text: string) => Promise<string>;
  /** Prints one answer: JSON for programs, or the text for people. */
  readonly print: (answer: Readonly<{ json: unknown; text: () => string }>) => void;
};

export const openSession = async (options: ConnectionOptions, terminal: Terminal): Promise<PlatformSession> => {
  const api = createApiClient(await readConnection(options));
  let found: Promise<Tenant> | undefined;
  const tenant = (): Promise<Tenant> => (found ??= findTenant(api));
  const isJson = options.json === true;
  const idOf: PlatformSession['idOf'] = async (type, text) => {
    const form = formOfId(type, text);
    if (form === 'short') return toGlobalId(type, (await tenant()).id, text);
    if (form === 'global') return text;
    throw refuse('IA_API_NOT_FOUND', `'${printable(text)}' is no id of ${NOUNS[type]}.`, ID_HINT);
  };
  return {
    api,
    terminal,
    isJson,
    tenant,
    idOf,
    pipelineId: async (text) =>
      formOfId('Pipeline', text) === undefined ? findPipeline(api, await tenant(), text) : idOf('Pipeline', text),
    print: ({ json, text }) => terminal.write(isJson ? `${JSON.stringify(json, null, 2)}\n` : text()),
  };
};

const NOUNS: Readonly<Record<NodeType, string>> = {
  Run: 'a run',
  Pipeline: 'a pipeline',
  Schedule: 'a schedule',
  Webhook: 'a webhook',
  EventTrigger: 'a trigger',
  Approval: 'an approval',
  ApiToken: 'an API token',
  BenchmarkReport: 'a benchmark report',
};

const ID_HINT = 'Give a UUID as the lists show it, or the id that the API answers.';

const refuse = (code: ErrorCode, message: string, hint: string): PlatformError =>
  new PlatformError({ code, message, hint });

const findTenant = async (api: ApiClient): Promise<Tenant> => {
  const { tenantSlug } = api.connection;
  const { viewer } = await api.query(viewerTenants);
  if (viewer === null) throw unauthenticated('Nobody is signed in: no API token was given.');
  const tenants = viewer.tenants.map(({ tenant }) => tenant);
  const slugs = tenants.map(({ slug }) => slug).join(', ');
  const [only, ...others] = tenantSlug === undefined ? tenants : tenants.filter(({ slug }) => slug === tenantSlug);
  if (only !== undefined && others.length === 0) return only;
  if (tenantSlug !== undefined) {
    throw refuse('IA_CLI_TENANT', `The token does not belong to a tenant '${tenantSlug}'.`, `It belongs to: ${slugs}.`);
  }
  if (only === undefined) throw refuse('IA_CLI_TENANT', 'The token belongs to no tenant.', 'Use a token of a tenant.');
  throw refuse('IA_CLI_TENANT', 'The token belongs to several tenants.', `Name one with --tenant: ${slugs}.`);
};

const findPipeline = async (api: ApiClient, { slug }: Tenant, name: string): Promise<string> => {
  for (let after: string | null = null; ; ) {
    const { tenant }: Awaited<ReturnType<typeof searchPipelines>> = await searchPipelines(api, { slug, name, after });
    const { nodes = [], pageInfo } = tenant?.pipelines ?? {};
    const found = nodes.find((pipeline) => pipeline.name === name);
    if (found !== undefined) return found.id;
    if (pageInfo?.hasNextPage !== true) break;
    after = pageInfo.endCursor;
  }
  throw refuse(
    'IA_API_NOT_FOUND',
    `There is no pipeline '${printable(name)}' in the tenant '${slug}'.`,
    'Give its name as it is written in the definition, or its id.',
  );
};

const searchPipelines = (api: ApiClient, variables: { slug: string; name: string; after: string | null }) =>
  api.query(pipelinesByName, variables);
