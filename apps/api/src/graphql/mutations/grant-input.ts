import type { GivenGrant } from '../../plugins/grants.ts';
import { builder } from '../builder.ts';

export const PermissionGrantInput = builder.inputType('PermissionGrantInput', {
  description:
    'What a tenant allows a plugin: all of what its manifest asks for, or less. What is left out is not granted.',
  fields: (t) => ({
    net: t.stringList({ description: 'Hosts, written as the manifest writes them.' }),
    secrets: t.stringList({ description: 'Names of secrets.' }),
    blobs: t.boolean({ description: 'Whether it may keep bytes beside a run, and read those that steps hand on.' }),
  }),
});

export const givenGrant = ({ net, secrets, blobs }: typeof PermissionGrantInput.$inferInput): GivenGrant => ({
  net: net ?? [],
  secrets: secrets ?? [],
  blobs: blobs === true,
});
