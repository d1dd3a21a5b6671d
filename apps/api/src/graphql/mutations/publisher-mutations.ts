import { requireTenantId } from '../../access.ts';
import { setPublisherProfile } from '../../marketplace/publishers/publisher-profile.ts';
import type { PublisherRow } from '../../marketplace/publishers/publisher-rows.ts';
import { revokeVerification, verifyPublisher } from '../../marketplace/publishers/verify-publisher.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { answer, resultUnion } from '../result.ts';
import { PublisherRef } from '../types/publisher.ts';

const SetPublisherProfileInput = builder.inputType('SetPublisherProfileInput', {
  fields: (t) => ({
    tenantId: t.id({ required: true }),
    displayName: t.string({ required: true, description: 'Up to 60 characters of plain text.' }),
    description: t.string({ description: 'Up to 500 characters of plain text. Left out: nothing.' }),
    website: t.string({ description: 'An address that begins with https://. Left out: none.' }),
  }),
});

const SetPublisherProfileSuccess = builder
  .objectRef<{ readonly kind: 'SetPublisherProfileSuccess'; readonly publisher: PublisherRow }>(
    'SetPublisherProfileSuccess',
  )
  .implement({
    fields: (t) => ({ publisher: t.expose('publisher', { type: PublisherRef, description: 'As it is now.' }) }),
  });

builder.mutationField('setPublisherProfile', (t) =>
  t.field({
    type: resultUnion('SetPublisherProfileResult', SetPublisherProfileSuccess),
    description: example(
      'Says how a tenant shows itself to those who use its plugins. Under another name it is not verified any more.',
      `
mutation {
  setPublisherProfile(input: {tenantId: "<tenant>", displayName: "Example Tools", website: "https://example.com"}) {
    __typename
  }
}`,
    ),
    args: { input: t.arg({ type: SetPublisherProfileInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'SetPublisherProfileSuccess' as const,
        publisher: await setPublisherProfile(context, {
          tenantId: requireTenantId(context.viewer.principal, input.tenantId),
          displayName: input.displayName,
          description: input.description ?? '',
          website: input.website ?? null,
        }),
      })),
  }),
);

const VerifyPublisherInput = builder.inputType('VerifyPublisherInput', {
  fields: (t) => ({
    scope: t.string({ required: true, description: "The tenant's slug." }),
    displayName: t.string({
      required: true,
      description: 'The name that was checked. Refused when it has another one by now.',
    }),
    note: t.string({ required: true, description: 'How it was checked. It stands in the audit log of the tenant.' }),
  }),
});

const VerifyPublisherSuccess = builder
  .objectRef<{ readonly kind: 'VerifyPublisherSuccess'; readonly publisher: PublisherRow }>('VerifyPublisherSuccess')
  .implement({
    fields: (t) => ({ publisher: t.expose('publisher', { type: PublisherRef, description: 'As it is now.' }) }),
  });

builder.mutationField('verifyPublisher', (t) =>
  t.field({
    type: resultUnion('VerifyPublisherResult', VerifyPublisherSuccess),
    description: example(
      'For the operator of the platform alone: says that a publisher is who its name says.',
      `
mutation {
  verifyPublisher(input: {scope: "<publisherScope>", displayName: "<publisherName>", note: "Called the number in the register"}) { __typename }
}`,
    ),
    args: { input: t.arg({ type: VerifyPublisherInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'VerifyPublisherSuccess' as const,
        publisher: await verifyPublisher(context, input),
      })),
  }),
);

const RevokeVerificationInput = builder.inputType('RevokePublisherVerificationInput', {
  fields: (t) => ({
    scope: t.string({ required: true, description: "The tenant's slug." }),
    reason: t.string({ required: true, description: 'Why. It stands in the audit log of the tenant.' }),
  }),
});

const RevokeVerificationSuccess = builder
  .objectRef<{ readonly kind: 'RevokePublisherVerificationSuccess'; readonly publisher: PublisherRow }>(
    'RevokePublisherVerificationSuccess',
  )
  .implement({
    fields: (t) => ({ publisher: t.expose('publisher', { type: PublisherRef, description: 'As it is now.' }) }),
  });

builder.mutationField('revokePublisherVerification', (t) =>
  t.field({
    type: resultUnion('RevokePublisherVerificationResult', RevokeVerificationSuccess),
    description: example(
      'For the operator of the platform alone: takes the verification of a publisher back.',
      `
mutation {
  revokePublisherVerification(input: {scope: "<verifiedScope>", reason: "The domain was sold"}) { __typename }
}`,
    ),
    args: { input: t.arg({ type: RevokeVerificationInput, required: true }) },
    resolve: (_root, { input }, context) =>
      answer(async () => ({
        kind: 'RevokePublisherVerificationSuccess' as const,
        publisher: await revokeVerification(context, input),
      })),
  }),
);
