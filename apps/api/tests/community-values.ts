import { publishPlugin, seedTenant, type TestDatabase } from '@ia-modules/database/testing';
import { Client } from 'pg';
import type { ExampleScene } from './example-scene.ts';
import { rowOf } from './control-fixture.ts';

type ValueMaker = (scene: ExampleScene) => Promise<string>;

const idOf = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64url');

/** Writes past the policies what would need other people and their runs. */
export const writeRows = async (database: TestDatabase, sql: string, values: readonly unknown[]): Promise<string> => {
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    return (await client.query<{ id: string }>(sql, [...values])).rows[0]?.id ?? '';
  } finally {
    await client.end();
  }
};

const USE = `insert into plugin_uses (tenant_id, run_id, plugin_name, version, integrity, pipeline_id, pipeline_version_id, used_at)
  select r.tenant_id, r.id, $2, $3, 'sha512-x', r.pipeline_id, r.pipeline_version_id, coalesce($4::timestamptz, now())
  from runs r where r.id = $1 on conflict do nothing`;

export type RecordedUse = {
  readonly runId: string;
  readonly name: string;
  readonly version: string;
  readonly usedAt?: Date;
};

/** What the runtime writes when a run uses a plugin. */
export const recordUse = async (
  database: TestDatabase,
  { runId, name, version, usedAt }: RecordedUse,
): Promise<void> => {
  await writeRows(database, USE, [runId, name, version, usedAt ?? null]);
};

const usePluginOfOthers: ValueMaker = async (scene) => {
  const { tenantId } = await seedTenant(scene.database, { slug: `${scene.slug}-maker`, name: 'Maker' });
  const name = `@${scene.slug}-maker/used`;
  await publishPlugin(scene.database, { tenantId, name, version: '1.0.0', visibility: 'public' });
  const { runId } = rowOf(await scene.value('run'));
  await recordUse(scene.database, { runId, name, version: '1.0.0' });
  return name;
};

const REVIEW = `mutation ($tenantId: ID!, $name: String!) {
  writePluginReview(input: { tenantId: $tenantId, name: $name, stars: 4, title: "Good" }) {
    ... on WritePluginReviewSuccess { review { id } } ... on Error { message } } }`;

const review: ValueMaker = async ({ ask, tenant, value }) =>
  (await ask(REVIEW, { tenantId: tenant, name: await value('usedPlugin') }))['writePluginReview'].review.id;

const rowIdOf = (globalId: string): string => Buffer.from(globalId, 'base64url').toString('utf8').split(':')[1] ?? '';

const foreignReview: ValueMaker = async ({ database, slug, value }) => {
  const { tenantId } = await seedTenant(database, { slug: `${slug}-critic`, name: 'Critic' });
  const add = `insert into plugin_reviews (id, tenant_id, plugin_name, version, stars, title, body, written_by)
    values (gen_random_uuid(), $1, $2, '1.0.0', 2, 'Slow', '', 'u') returning id`;
  return idOf('PluginReview', await writeRows(database, add, [tenantId, await value('plugin')]));
};

const takeDown: ValueMaker = async ({ database, rowId, value }) => {
  const add = `insert into takedowns (id, tenant_id, plugin_name, version, reason, taken_down_by)
    values (gen_random_uuid(), $1, $2, '1.0.0', 'It leaks.', 'u') returning id`;
  return idOf('TakeDown', await writeRows(database, add, [rowId, await value('plugin')]));
};

const PROFILE = `mutation ($tenantId: ID!, $displayName: String!) {
  setPublisherProfile(input: { tenantId: $tenantId, displayName: $displayName }) { __typename } }`;

const REPORT = `mutation ($tenantId: ID!, $name: String!) {
  reportPlugin(input: { tenantId: $tenantId, name: $name, reason: BROKEN }) {
    ... on ReportPluginSuccess { report { id } } } }`;

const RULE = `mutation ($tenantId: ID!) {
  createPluginRule(input: { tenantId: $tenantId, pattern: "@denied/*", effect: DENY }) { __typename } }`;

/** What stands in examples of reviews, publishers, moderation and rules. */
export const COMMUNITY_VALUES: Readonly<Record<string, ValueMaker>> = {
  usedPlugin: usePluginOfOthers,
  review,
  reviewedPlugin: async ({ value }) => {
    await value('review');
    return value('usedPlugin');
  },
  hiddenReview: async ({ database, value }) => {
    const id = await value('review');
    const hide = `update plugin_reviews set hidden_at = now(), hidden_by = 'u', hidden_reason = 'Rude.' where id = $1`;
    await writeRows(database, hide, [rowIdOf(id)]);
    return id;
  },
  foreignReview,
  takeDown,
  appealedTakeDown: async ({ database, value }) => {
    const id = await value('takeDown');
    const appeal = `update takedowns set appeal = 'No.', appealed_by = 'u', appealed_at = now(), appeal_status = 'open'
      where id = $1`;
    await writeRows(database, appeal, [rowIdOf(id)]);
    return id;
  },
  publisherScope: async ({ ask, tenant, slug, value }) => {
    await value('plugin');
    await ask(PROFILE, { tenantId: tenant, displayName: `Tools of ${slug}` });
    return slug;
  },
  publisherName: async ({ slug, value }) => {
    await value('publisherScope');
    return `Tools of ${slug}`;
  },
  verifiedScope: async ({ database, value }) => {
    const scope = await value('publisherScope');
    const verify = `update publishers set verified_at = now(), verified_by = 'u', verification_note = 'n' where scope = $1`;
    await writeRows(database, verify, [scope]);
    return scope;
  },
  report: async ({ ask, tenant, value }) =>
    (await ask(REPORT, { tenantId: tenant, name: await value('usedPlugin') }))['reportPlugin'].report.id,
  rulePattern: async ({ ask, tenant }) => {
    await ask(RULE, { tenantId: tenant });
    return '@denied/*';
  },
};
