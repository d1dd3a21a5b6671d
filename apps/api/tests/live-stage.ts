import { setTimeout as pause } from 'node:timers/promises';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { TOKEN_SCOPES } from '@ia-modules/database';
import { createTestDatabase, type SeededTenant, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { ask } from './graphql-client.ts';
import { createRunLogWriter, type RunLogWriter } from './run-log-writer.ts';
import { EndedEarly, openSocket, type SocketClient } from './socket-client.ts';

export type LiveRun = { readonly id: string; readonly tenantId: string; readonly runId: string };

/** An API with a tenant that has a pipeline, and what writes logs as a worker does. */
export type LiveStage = {
  readonly database: TestDatabase;
  readonly api: TestApi;
  readonly log: RunLogWriter;
  readonly tenant: SeededTenant;
  /** Its global id. */
  readonly tenantId: string;
  readonly token: string;
  startRun(): Promise<LiveRun>;
  /** A socket that is closed with the stage. */
  open(options?: { readonly token?: string; readonly api?: TestApi }): SocketClient;
  close(): Promise<void>;
};

const CREATE = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  ... on CreatePipelineSuccess { pipeline { id } } } }`;
const START = 'mutation ($id: ID!) { startRun(input: { pipelineId: $id }) { ... on StartRunSuccess { run { id } } } }';

export const openLiveStage = async (): Promise<LiveStage> => {
  const database = await createTestDatabase();
  const [api, log] = await Promise.all([startTestApi(database), createRunLogWriter(database)]);
  const tenant = await seedTenant(database, { slug: 'acme', name: 'Acme' });
  const token = await tenant.apiToken(TOKEN_SCOPES);
  const { tenant: found } = await ask(api, token, '{ tenant(slug: "acme") { id } }');
  const definition = { name: 'one', steps: [{ id: 'a', uses: 'core.noop' }] };
  const created = await ask(api, token, CREATE, { input: { tenantId: found.id, definition } });
  const pipelineId: string = created['createPipeline'].pipeline.id;
  const sockets: SocketClient[] = [];
  return {
    database,
    api,
    log,
    tenant,
    tenantId: found.id,
    token,
    startRun: async () => {
      const id: string = (await ask(api, token, START, { id: pipelineId }))['startRun'].run.id;
      const [, tenantId = '', runId = ''] = Buffer.from(id, 'base64url').toString('utf8').split(':');
      return { id, tenantId, runId };
    },
    open: (options = {}) => {
      const socket = openSocket(options.api ?? api, options.token ?? token);
      sockets.push(socket);
      return socket;
    },
    close: async () => {
      await Promise.all(sockets.map((socket) => socket.close()));
      await api.close();
      await log.close();
      await database.drop();
    },
  };
};

/** Numbers that look random and are the same each time. */
export const createRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

type Item = Readonly<Record<string, unknown>>;

const MAX_SENT_AWAY = 50;

/** Follows a subscription to a number of items, and goes on behind the last cursor on another socket time and again. */
export const followInPieces = async (
  { open }: Pick<LiveStage, 'open'>,
  {
    query,
    variables,
    count,
    random,
  }: Readonly<{ query: string; variables: object; count: number; random: () => number }>,
): Promise<readonly Item[]> => {
  const seen: Item[] = [];
  let after: unknown = (variables as { readonly after?: unknown }).after;
  let sentAway = 0;
  while (seen.length < count) {
    const socket = open();
    const feed = socket.subscribe(query, { ...variables, after });
    // A server that is late sends callers away: they come back, as any other.
    await feed.waitFor(Math.min(1 + Math.floor(random() * 20), count - seen.length)).catch(async (error: unknown) => {
      if (!(error instanceof EndedEarly) || ++sentAway > MAX_SENT_AWAY) throw error;
      await pause(100);
    });
    const items = [...feed.items];
    feed.end();
    seen.push(...items);
    after = items.at(-1)?.['cursor'] ?? after;
    await socket.close();
  }
  return seen;
};
