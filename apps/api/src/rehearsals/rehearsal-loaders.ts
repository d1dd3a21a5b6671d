import { createListLoader, createRowLoader, groupRows, type ListLoader, type RowLoader } from '../loaders.ts';
import type { TenantSession } from '../tenant-session.ts';
import type { ValueBudget } from '../value-budget.ts';
import {
  fetchRehearsals,
  fetchSampleValues,
  listSamples,
  type RehearsalRow,
  type RehearsalSampleRow,
  type SampleArguments,
  type SampleValues,
} from './rehearsal-rows.ts';

export type RehearsalLoaders = {
  readonly rehearsals: RowLoader<RehearsalRow>;
  readonly samplesOfRehearsals: ListLoader<SampleArguments, readonly RehearsalSampleRow[]>;
  readonly sampleValues: RowLoader<SampleValues>;
};

/** The loaders of rehearsals within one GraphQL operation: what they hold is data of runs. */
export const createRehearsalLoaders = (session: TenantSession, budget: ValueBudget): RehearsalLoaders => {
  const permission = 'run.read';
  return {
    rehearsals: createRowLoader({ session, permission, fetch: fetchRehearsals, idOf: ({ id }) => id }),
    samplesOfRehearsals: createListLoader<SampleArguments, readonly RehearsalSampleRow[]>({
      session,
      permission,
      list: async (client, rehearsalIds, args) =>
        groupRows(await listSamples(client, { rehearsalIds, ...args }), ({ rehearsalId }) => rehearsalId),
      empty: [],
    }),
    sampleValues: createRowLoader<SampleValues>({
      session,
      permission,
      fetch: (client, ids) => fetchSampleValues(client, ids, budget),
      idOf: ({ id }) => id,
    }),
  };
};
