import type { OpenLogin } from '@ia-modules/database';
import { findNpmLogin } from '../../tokens/npm-login.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';

const NpmLoginRef = builder.objectRef<OpenLogin>('NpmLogin').implement({
  description: 'An `npm login` that waits for a person to confirm it.',
  fields: (t) => ({
    clientName: t.string({
      description: 'Which computer or program asks, as it says itself.',
      resolve: ({ client }) => client.name,
    }),
    clientAddress: t.string({
      description: 'The address that it asks from.',
      resolve: ({ client }) => client.address,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it can be confirmed.' }),
  }),
});

builder.queryField('npmLogin', (t) =>
  t.field({
    type: NpmLoginRef,
    nullable: true,
    description: example(
      'The open `npm login` of a code that a terminal shows; null when none is open. For people: a token finds none.',
      `
query {
  npmLogin(code: "<npmLoginCode>") { clientName clientAddress createdAt expiresAt }
}`,
    ),
    args: { code: t.arg.string({ required: true, description: 'As the terminal shows it; letters alone count.' }) },
    resolve: (_root, { code }, context) => findNpmLogin(context, code),
  }),
);
