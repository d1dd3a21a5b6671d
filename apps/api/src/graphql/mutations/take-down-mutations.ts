import { requireTenantId } from '../../access.ts';
import { requireRowId } from '../../marketplace/row-id.ts';
import {
  type AppealDecision,
  appealTakedown,
  decideAppeal,
  liftTakedown,
  takeDownPlugin,
} from '../../marketplace/moderation/take-down.ts';
import type { TakedownRow } from '../../marketplace/moderation/takedown-rows.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { describedEnum } from '../types/described-enum.ts';
import { TakeDownRef } from '../types/take-down.ts';

const success = <Kind extends string>(kind: Kind) =>
  builder.objectRef<{ readonly kind: Kind; readonly takeDown: TakedownRow }>(kind).implement({
    fields: (t) => ({ takeDown: t.expose('takeDown', { type: TakeDownRef, description: 'As it is now.' }) }),
  });

const TakeDownPluginInput = builder.inputType('TakeDownPluginInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: 'Name of the package: `@scope/name`.' }),
    version: t.string({ description: 'One version of it; left out: all, those to come too.' }),
    reason: t.string({ required: true, description: 'What everybody reads: up to 2,000 characters of plain text.' }),
  }),
});

builder.mutationField('takeDownPlugin', (t) =>
  t.field({
    type: resultUnion('TakeDownPluginResult', success('TakeDownPluginSuccess')),
    description: example(
      'For the operator of the platform alone: takes a plugin, or one version of it, out. Nothing new starts with it, and nobody gets it any more. Its owner is told and may appeal.',
      'mutation { takeDownPlugin(input: {name: "<plugin>", reason: "It sends secrets away."}) { __typename } }',
    ),
    args: { input: t.arg({ type: TakeDownPluginInput, required: true }) },
    resolve: (_root, { input: { name, version, reason } }, context) =>
      answer(async () => ({
        kind: 'TakeDownPluginSuccess' as const,
        takeDown: await takeDownPlugin(context, { pluginName: name, version: version ?? null, reason }),
      })),
  }),
);

const LiftTakeDownInput = builder.inputType('LiftTakeDownInput', {
  fields: (t) => ({ takeDownId: t.id({ required: true, description: 'Global id of the take-down.' }) }),
});

builder.mutationField('liftTakeDown', (t) =>
  t.field({
    type: resultUnion('LiftTakeDownResult', success('LiftTakeDownSuccess')),
    description: example(
      'For the operator of the platform alone: lets a plugin, or a version, in again.',
      'mutation { liftTakeDown(input: {takeDownId: "<takeDown>"}) { __typename } }',
    ),
    args: { input: t.arg({ type: LiftTakeDownInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'LiftTakeDownSuccess' as const,
        takeDown: await liftTakedown(context, requireRowId(context, 'TakeDown', input.takeDownId)),
      })),
  }),
);

const AppealTakeDownInput = builder.inputType('AppealTakeDownInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true, description: 'Global id of the tenant that publishes the plugin.' }),
    takeDownId: t.id({ required: true, description: 'Global id of the take-down.' }),
    text: t.string({ required: true, description: 'What speaks against it: up to 4,000 characters of plain text.' }),
  }),
});

builder.mutationField('appealTakeDown', (t) =>
  t.field({
    type: resultUnion('AppealTakeDownResult', success('AppealTakeDownSuccess')),
    description: example(
      'Asks the operator of the platform, as the owner of the plugin, to look at a take-down again: once.',
      `
mutation {
  appealTakeDown(input: {tenantId: "<tenant>", takeDownId: "<takeDown>", text: "Version 1.1.0 does not do so."}) { __typename }
}`,
    ),
    args: { input: t.arg({ type: AppealTakeDownInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'AppealTakeDownSuccess' as const,
        takeDown: await appealTakedown(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          id: requireRowId(context, 'TakeDown', input.takeDownId),
          text: input.text,
        }),
      })),
  }),
);

const AppealDecisionEnum = describedEnum<AppealDecision['status']>('AppealDecision', {
  description: 'How an appeal is decided.',
  values: { accepted: 'The take-down is lifted.', rejected: 'The take-down stands.' },
});

const DecideAppealInput = builder.inputType('DecideAppealInput', {
  fields: (t) => ({
    takeDownId: t.id({ required: true, description: 'Global id of the take-down.' }),
    decision: t.field({ type: AppealDecisionEnum, required: true, description: 'How it is decided.' }),
    answer: t.string({ required: true, description: 'What the owner reads: up to 2,000 characters of plain text.' }),
  }),
});

builder.mutationField('decideAppeal', (t) =>
  t.field({
    type: resultUnion('DecideAppealResult', success('DecideAppealSuccess')),
    description: example(
      'For the operator of the platform alone: answers the appeal of an owner.',
      `
mutation {
  decideAppeal(input: {takeDownId: "<appealedTakeDown>", decision: ACCEPTED, answer: "You are right."}) { __typename }
}`,
    ),
    args: { input: t.arg({ type: DecideAppealInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'DecideAppealSuccess' as const,
        takeDown: await decideAppeal(context, {
          id: requireRowId(context, 'TakeDown', input.takeDownId),
          status: input.decision,
          answer: input.answer,
        }),
      })),
  }),
);
