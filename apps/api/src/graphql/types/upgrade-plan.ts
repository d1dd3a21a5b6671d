import { setImmediate as nextTurn } from 'node:timers/promises';
import { requireTenantId } from '../../access.ts';
import { type PageArguments, parsePage, toConnection } from '../../page.ts';
import {
  type AffectedPipeline,
  checkAffected,
  listPinningPipelines,
  withVersion,
} from '../../pipelines/affected-pipelines.ts';
import { readInstalledPlugins } from '../../pipelines/installed-plugins.ts';
import type { KnownVersion } from '../../plugins/choose-version.ts';
import {
  planUpgrade,
  type StandingAdvisory,
  type UpgradeObstacle,
  type UpgradePlan,
} from '../../plugins/upgrade-plan.ts';
import { builder } from '../builder.ts';
import { connectionCost, STATEMENT_COST, statementCost } from '../connection-cost.ts';
import { example } from '../example.ts';
import { DiagnosticRef, PipelineRef } from '../refs.ts';
import { ContributionChangeRef } from './contribution-changes.ts';
import { InstallPlanRef } from './install-plan.ts';
import { PermissionChangesRef } from './plugin-permissions.ts';

const UpgradeStepRef = builder.objectRef<KnownVersion>('UpgradeVersion').implement({
  description: 'A version that an upgrade leads to or past, with what is said about it.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Its semantic version.' }),
    publishedAt: t.expose('publishedAt', { type: 'DateTime', description: 'When it was published.' }),
    deprecated: t.exposeString('deprecated', { nullable: true, description: 'Why not to use it any more.' }),
    replacement: t.exposeString('replacement', { nullable: true, description: 'What to use in its place.' }),
    isBlocked: t.exposeBoolean('isBlocked', {
      description: 'Whether an advisory stands against it or it is taken down: nothing new starts with it.',
    }),
  }),
});

const CuredAdvisoryRef = builder.objectRef<StandingAdvisory>('CuredAdvisory').implement({
  description: 'An advisory against the version that is there, and not against the new one.',
  fields: (t) => ({
    severity: t.exposeString('severity', { description: '`low`, `moderate`, `high` or `critical`.' }),
    title: t.exposeString('title', { description: 'What it is about.' }),
    patchedRange: t.exposeString('patchedRange', { nullable: true, description: 'The versions that are free of it.' }),
  }),
});

const UpgradeObstacleRef = builder.objectRef<UpgradeObstacle>('UpgradeObstacle').implement({
  description: 'Why an upgrade would be refused now.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code, `IA_PLUGIN_<WHAT>`.' }),
    message: t.exposeString('message', { description: 'What is in the way, for people.' }),
    hint: t.exposeString('hint', { nullable: true, description: 'What to do about it.' }),
  }),
});

const AffectedPipelineRef = builder.objectRef<AffectedPipeline>('AffectedPipeline').implement({
  description: 'A pipeline whose newest revision pins another version of the plugin.',
  fields: (t) => ({
    pipeline: t.expose('pipeline', { type: PipelineRef, description: 'As it is now.' }),
    pinnedVersions: t.stringList({
      description: 'What it pins; several where its aliases name several ranges.',
      resolve: ({ pinnedVersions }) => [...pinnedVersions],
    }),
    stepIds: t.stringList({
      description: 'Steps that use the plugin, by themselves or around them.',
      resolve: ({ stepIds }) => [...stepIds],
    }),
    places: t.stringList({
      description: 'All places in the definition that use it: `$.steps[0].uses`. None where another plugin calls it.',
      resolve: ({ places }) => [...places],
    }),
    movesBySaving: t.boolean({
      description: 'Whether the next save pins the new version; false where a range under `plugins` leaves it out.',
      resolve: ({ heldBy }) => heldBy.length === 0,
    }),
    heldBy: t.stringList({
      description: 'Aliases whose ranges leave the new version out.',
      resolve: ({ heldBy }) => [...heldBy],
    }),
    isValid: t.exposeBoolean('isValid', { description: 'Whether its definition validates with the new version.' }),
    diagnostics: t.field({
      type: [DiagnosticRef],
      description: 'What validation finds with the new version.',
      resolve: ({ diagnostics }) => [...diagnostics],
    }),
  }),
});

const readAffected = async (
  { tenantId, name, next }: UpgradePlan,
  context: Parameters<typeof planUpgrade>[0],
  page: ReturnType<typeof parsePage>,
) => {
  const { version, integrity, manifest } = next;
  const read = await context.session.read(tenantId, 'pipeline.read', async (client) => {
    const rows = await listPinningPipelines(client, { tenantId, target: { name, version }, ids: null, page });
    const source = rows.map(({ definition }) => definition);
    return { rows, installed: rows.length === 0 ? [] : await readInstalledPlugins(client, { tenantId, source }) };
  });
  const installed = withVersion(read.installed, { name, version, integrity, manifest, isDefault: true });
  const kept = read.rows.slice(0, page.limit);
  const checked = new Map<string, AffectedPipeline>();
  for (const row of kept) {
    // Others have a turn between two definitions.
    await nextTurn();
    checked.set(row.id, checkAffected(row, { name, version }, installed));
  }
  return { rows: read.rows, checked };
};

/** Each pipeline is validated. */
const affectedCost = statementCost((args: PageArguments) => {
  const { multiplier } = connectionCost(args);
  return { field: multiplier * STATEMENT_COST, multiplier };
});

const UpgradePlanRef = builder.objectRef<UpgradePlan>('UpgradePlan').implement({
  description: 'What another version of an installed plugin would change; nothing of it happens.',
  fields: (t) => ({
    pluginName: t.exposeString('name', { description: 'Name of the package: `@scope/name`.' }),
    fromVersion: t.exposeString('from', { description: 'The default version now.' }),
    toVersion: t.string({ description: 'The version that it would be.', resolve: ({ next }) => next.version }),
    versions: t.field({
      type: [UpgradeStepRef],
      description: 'The new version and those between, the highest first; at most 100.',
      resolve: ({ versions }) => [...versions],
    }),
    permissionChanges: t.expose('permissionChanges', {
      type: PermissionChangesRef,
      description: 'What the new version asks for that the one before does not.',
    }),
    needsConsent: t.exposeBoolean('needsConsent', {
      description: 'Whether the upgrade waits until somebody who may install agrees.',
    }),
    contributionChanges: t.field({
      type: [ContributionChangeRef],
      description: 'What differs in the steps and other contributions, and in their schemas.',
      resolve: ({ contributionChanges }) => [...contributionChanges],
    }),
    isBreaking: t.boolean({
      description: 'Whether a change of a contribution can break pipelines that use it.',
      resolve: ({ contributionChanges }) => contributionChanges.some(({ isBreaking }) => isBreaking),
    }),
    installPlan: t.expose('installPlan', { type: InstallPlanRef, description: 'What it takes besides.' }),
    curedAdvisories: t.field({
      type: [CuredAdvisoryRef],
      description: 'Advisories against the version now that do not stand against the new one.',
      resolve: ({ cured }) => [...cured],
    }),
    obstacle: t.expose('obstacle', {
      type: UpgradeObstacleRef,
      nullable: true,
      description: 'Why the upgrade would be refused now; null when nothing is in the way.',
    }),
    pipelines: t.connection(
      {
        type: AffectedPipelineRef,
        description:
          'Pipelines whose newest revision pins another version, by their names, each validated with the new one.',
        complexity: affectedCost,
        resolve: async (plan, args, context) => {
          const page = parsePage('affected pipelines', args, 2, `${plan.tenantId} ${plan.name} ${plan.next.version}`);
          const { rows, checked } = await readAffected(plan, context, page);
          const { edges, pageInfo } = toConnection(page, rows, ({ name, id }) => [name, id]);
          const shown = edges.flatMap((edge) => {
            const node = checked.get(edge.node.id);
            return node === undefined ? [] : [{ node, cursor: edge.cursor }];
          });
          return { edges: shown, pageInfo };
        },
      },
      { name: 'AffectedPipelineConnection' },
      { name: 'AffectedPipelineConnectionEdge' },
    ),
  }),
});

/** Some statements of its own, and a comparison of manifests. */
const PLAN_COST = { field: 100, multiplier: 1 };

builder.queryField('upgradePlan', (t) =>
  t.field({
    type: UpgradePlanRef,
    description: example(
      'What another version of an installed plugin would change: permissions, schemas, dependencies, pipelines.',
      `
{
  upgradePlan(tenantId: "<tenant>", name: "<upgradable>") {
    fromVersion toVersion needsConsent isBreaking
    permissionChanges { addedNet addedSecrets }
    contributionChanges { kind name change isBreaking }
    pipelines(first: 10) { nodes { pipeline { name } stepIds isValid movesBySaving diagnostics { path message } } }
  }
}`,
    ),
    complexity: PLAN_COST,
    args: {
      tenantId: t.arg.id({ required: true }),
      name: t.arg.string({ required: true, description: 'Name of the installed package: `@scope/name`.' }),
      version: t.arg.string({ description: 'A version or a range; the newest that may be installed when left out.' }),
    },
    resolve: (_root, { tenantId, name, version }, context) =>
      planUpgrade(context, {
        tenantId: requireTenantId(context.viewer.principal, tenantId),
        name,
        version: version ?? null,
      }),
  }),
);
