import { notFound, requireTenantId } from '../../access.ts';
import { parseOpaqueRowId } from '../../global-id.ts';
import { consentToUpgrade, declineUpgrade, type UpgradedPlugin, upgradePlugin } from '../../plugins/upgrade-plugin.ts';
import type { UpgradeRequestRow } from '../../plugins/upgrade-requests.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { DiagnosticRef, InstallationRef } from '../refs.ts';
import { answer, resultUnion, waitingResultUnion } from '../result.ts';
import { PermissionChangesRef } from '../types/plugin-permissions.ts';
import { UpgradeRequestRef } from '../types/upgrade-request.ts';
import { givenGrant, PermissionGrantInput } from './grant-input.ts';

const UpgradePluginInput = builder.inputType('UpgradePluginInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    name: t.string({ required: true, description: 'Name of the installed package: `@scope/name`.' }),
    version: t.string({ description: 'A version or a range; the newest that may be installed when left out.' }),
    grant: t.field({
      type: PermissionGrantInput,
      description:
        'What the new version gets. Default: what is granted now, as far as it still asks for it; when it asks for more, the upgrade waits.',
    }),
    note: t.string({ description: 'For those who decide, when it has to wait.' }),
    dryRun: t.boolean(),
  }),
});

const implementUpgraded = <Kind extends string>(kind: Kind, description: string) =>
  builder.objectRef<UpgradedPlugin & { readonly kind: Kind }>(kind).implement({
    description,
    fields: (t) => ({
      installation: t.field({
        type: InstallationRef,
        description: 'As it is now.',
        resolve: ({ installation }) => installation,
      }),
      previousVersion: t.string({
        description: 'The version that was there before. It stays installed for the pipelines that pin it.',
        resolve: ({ previousVersion }) => previousVersion,
      }),
      permissionChanges: t.field({
        type: PermissionChangesRef,
        description: 'What this version asks for that the one before did not.',
        resolve: ({ permissionChanges }) => permissionChanges,
      }),
      needsConsent: t.boolean({
        description: 'Whether it asks for something that nobody has agreed to before.',
        resolve: ({ needsConsent }) => needsConsent,
      }),
      diagnostics: t.field({
        type: [DiagnosticRef],
        description: 'Warnings: secrets that are granted and not set yet, and a version that is deprecated.',
        resolve: ({ diagnostics }) => [...diagnostics],
      }),
      dryRun: t.boolean({ description: 'Whether nothing was changed.', resolve: ({ dryRun }) => dryRun }),
    }),
  });

type UpgradeSuccess = UpgradedPlugin & { readonly kind: 'UpgradePluginSuccess' };
type WaitingUpgrade = { readonly kind: 'UpgradePluginWaiting'; readonly request: UpgradeRequestRow };

const UpgradePluginWaiting = builder.objectRef<WaitingUpgrade>('UpgradePluginWaiting').implement({
  description: 'The upgrade waits for somebody who may install: it asks for more, or whoever asked may not decide.',
  fields: (t) => ({
    request: t.expose('request', { type: UpgradeRequestRef, description: 'What waits now.' }),
  }),
});

builder.mutationField('upgradePlugin', (t) =>
  t.field({
    type: waitingResultUnion(
      'UpgradePluginResult',
      implementUpgraded('UpgradePluginSuccess', 'With `dryRun`, `installation` shows what it would become.'),
      UpgradePluginWaiting,
    ),
    description: example(
      'Makes another version of an installed plugin the default one. One that asks for more waits, unless a grant comes along.',
      `
mutation {
  upgradePlugin(input: {tenantId: "<tenant>", name: "<upgradable>", dryRun: true}) {
    __typename
    ... on UpgradePluginSuccess { installation { version } permissionChanges { isWidened addedNet addedSecrets } }
    ... on UpgradePluginWaiting { request { id toVersion } }
  }
}`,
    ),
    args: { input: t.arg({ type: UpgradePluginInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer<WaitingUpgrade | UpgradeSuccess>(async () => {
        const outcome = await upgradePlugin(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          name: input.name,
          version: input.version ?? null,
          grant: input.grant ? givenGrant(input.grant) : null,
          note: input.note ?? '',
          dryRun: input.dryRun === true,
        });
        return outcome.status === 'waiting'
          ? { kind: 'UpgradePluginWaiting' as const, request: outcome.request }
          : { kind: 'UpgradePluginSuccess' as const, ...outcome.upgraded };
      }),
  }),
);

const ConsentToUpgradeInput = builder.inputType('ConsentToUpgradeInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    id: t.id({ required: true, description: 'The request that waits.' }),
    grant: t.field({ type: PermissionGrantInput, required: true, description: 'What the new version gets.' }),
    note: t.string({ description: 'Why.' }),
  }),
});

const requestIdOf = (globalId: string): string => {
  const id = parseOpaqueRowId('UpgradeRequest', globalId);
  if (id === null) throw notFound();
  return id;
};

builder.mutationField('consentToUpgrade', (t) =>
  t.field({
    type: resultUnion(
      'ConsentToUpgradeResult',
      implementUpgraded('ConsentToUpgradeSuccess', 'The new version is the default one.'),
    ),
    description: example(
      'Agrees to an upgrade that waits and makes it. Everything is checked again: the version may be blocked by now.',
      `
# answers: NotFound
mutation {
  consentToUpgrade(input: {tenantId: "<tenant>", id: "VXBncmFkZVJlcXVlc3Q6MA", grant: {net: ["api.example.com"]}}) {
    __typename
    ... on Error { message }
  }
}`,
    ),
    args: { input: t.arg({ type: ConsentToUpgradeInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'ConsentToUpgradeSuccess' as const,
        ...(await consentToUpgrade(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          id: requestIdOf(input.id),
          grant: givenGrant(input.grant),
          note: input.note ?? '',
        })),
      })),
  }),
);

const DeclineUpgradeInput = builder.inputType('DeclineUpgradeInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    id: t.id({ required: true, description: 'The request that waits.' }),
    note: t.string({ description: 'Why.' }),
  }),
});

type DeclinedUpgrade = { readonly kind: 'DeclineUpgradeSuccess'; readonly request: UpgradeRequestRow };

const DeclineUpgradeSuccess = builder.objectRef<DeclinedUpgrade>('DeclineUpgradeSuccess').implement({
  description: 'The plugin stays as it is.',
  fields: (t) => ({ request: t.expose('request', { type: UpgradeRequestRef, description: 'As it is now.' }) }),
});

builder.mutationField('declineUpgrade', (t) =>
  t.field({
    type: resultUnion('DeclineUpgradeResult', DeclineUpgradeSuccess),
    description: example(
      'Refuses an upgrade that waits.',
      `
# answers: NotFound
mutation {
  declineUpgrade(input: {tenantId: "<tenant>", id: "VXBncmFkZVJlcXVlc3Q6MA", note: "Too much."}) {
    __typename
    ... on Error { message }
  }
}`,
    ),
    args: { input: t.arg({ type: DeclineUpgradeInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'DeclineUpgradeSuccess' as const,
        request: await declineUpgrade(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          id: requestIdOf(input.id),
          note: input.note ?? '',
        }),
      })),
  }),
);
