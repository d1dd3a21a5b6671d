import { tenantGlobalId } from '../../global-id.ts';
import { findSingleSignOn, JOINING_ROLES, verificationRecord } from '../../people/single-sign-on-settings.ts';
import { builder } from '../builder.ts';
import { SingleSignOnRef, TenantRef } from '../refs.ts';

export const JoiningRoleEnum = builder.enumType('JoiningRole', {
  description: 'What a person may become by signing in alone.',
  values: {
    developer: { value: 'developer', description: 'Writes pipelines, and all below.' },
    operator: { value: 'operator', description: 'Starts and controls runs, and all below.' },
    approver: { value: 'approver', description: 'Decides approvals, and looks.' },
    viewer: { value: 'viewer', description: 'Looks.' },
  } as const satisfies Record<(typeof JOINING_ROLES)[number], object>,
});

const DnsRecordRef = builder.objectRef<ReturnType<typeof verificationRecord>>('DnsRecord').implement({
  description: 'A TXT record in the DNS.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Where it stands.' }),
    value: t.exposeString('value', { description: 'What it says.' }),
  }),
});

SingleSignOnRef.implement({
  description:
    'Where the people of a tenant sign in with an account that they have there. The secret of the client is shown to nobody.',
  fields: (t) => ({
    tenantId: t.id({ description: 'Of which tenant.', resolve: ({ tenantId }) => tenantGlobalId(tenantId) }),
    issuer: t.exposeString('issuer', { description: 'The OpenID provider.' }),
    clientId: t.exposeString('clientId', { description: 'What the provider calls this platform.' }),
    domain: t.exposeString('domain', { description: 'What stands behind the @ of the addresses that it speaks for.' }),
    isDomainVerified: t.exposeBoolean('isDomainVerified', {
      description: "Whether the domain is shown to be the tenant's. Nobody signs in through it before.",
    }),
    verificationRecord: t.field({
      type: DnsRecordRef,
      description: 'What the DNS of the domain has to say for that.',
      resolve: verificationRecord,
    }),
    redirectUri: t.string({
      description: 'What the provider has to know as the address to send people back to.',
      resolve: ({ providerId }, _args, { services }) => `${services.publicApiUrl}/auth/sso/callback/${providerId}`,
    }),
    role: t.expose('role', {
      type: JoiningRoleEnum,
      description: 'What a person becomes who signs in for the first time.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was set.' }),
  }),
});

builder.objectField(TenantRef, 'singleSignOn', (t) =>
  t.field({
    type: SingleSignOnRef,
    nullable: true,
    description: 'Where its people sign in; null for here alone. For those who may change the settings.',
    resolve: ({ id: tenantId }, _args, { session }) => session.read(tenantId, 'tenant.settings', findSingleSignOn),
  }),
);
