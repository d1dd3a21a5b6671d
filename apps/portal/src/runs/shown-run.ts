import type { PortalRunQuery } from '#src/gql/graphql.ts';

/** A run as its page reads it. */
export type ShownRun = Extract<NonNullable<PortalRunQuery['node']>, { __typename: 'Run' }>;
