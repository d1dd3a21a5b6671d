import type { ApiServices } from '../context.ts';

const CHECK_TIMEOUT_MS = 2_000;

export type Readiness = { readonly isReady: boolean; readonly checks: Readonly<Record<'database' | 'auth', boolean>> };

const passes = async (check: Promise<unknown>): Promise<boolean> => {
  const timeout = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => timeout.resolve(false), CHECK_TIMEOUT_MS);
  const passed = await Promise.race([
    check.then(
      () => true,
      () => false,
    ),
    timeout.promise,
  ]);
  clearTimeout(timer);
  return passed;
};

/** Ready means that both roles reach a database which has the tables of this version. */
export const checkReadiness = async ({ database, auth }: ApiServices): Promise<Readiness> => {
  const [isDatabaseUp, isAuthUp] = await Promise.all([
    passes(database.pool.query('select 1 from tenants, runs, installations limit 0')),
    passes(auth.pool.query('select 1 from "session" limit 0')),
  ]);
  return { isReady: isDatabaseUp && isAuthUp, checks: { database: isDatabaseUp, auth: isAuthUp } };
};
