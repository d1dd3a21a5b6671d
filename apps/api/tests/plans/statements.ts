import pg, { type Client } from 'pg';
import { LARGE_TABLES } from './large-tenant.ts';

export type Statement = { readonly text: string; readonly values: readonly unknown[] };

type Plan = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Plan Rows': number;
  readonly Plans?: readonly Plan[];
};

type Query = (...args: unknown[]) => unknown;

/** Whatever this process asks Postgres while something is done. */
export const statementsOf = async (work: () => Promise<unknown>): Promise<Statement[]> => {
  const statements: Statement[] = [];
  const prototype = pg.Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function record(this: unknown, ...args: unknown[]) {
    const [first, second] = args;
    const text = typeof first === 'string' ? first : (first as { readonly text?: string } | null)?.text;
    const values = Array.isArray(second) ? second : (first as { readonly values?: unknown[] } | null)?.values;
    if (text !== undefined) statements.push({ text, values: values ?? [] });
    return Reflect.apply(query, this, args);
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return statements;
};

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

const READS = /^\s*(?:select|with)\b.*\bfrom\b/is;

/** A page, one row behind it, and a few branches of it to merge. */
const MAX_SORTED_ROWS = 1_000;

const problemsOf = (plan: Plan): string[] =>
  nodesOf(plan).flatMap((node) => {
    const { 'Node Type': type, 'Relation Name': table = '', 'Plan Rows': rows } = node;
    if (type.includes('Seq Scan') && LARGE_TABLES.has(table)) return [`reads all of ${table}`];
    const input = node.Plans?.[0]?.['Plan Rows'] ?? rows;
    if (type === 'Sort' && input > MAX_SORTED_ROWS) return [`sorts ${input} rows`];
    return type === 'Bitmap Heap Scan' && rows > MAX_SORTED_ROWS ? [`gathers ${rows} rows of ${table}`] : [];
  });

/** What is wrong with how Postgres would do it, as the API sees the database. */
export const findPlanProblems = async (
  client: Client,
  { tenantId, statement }: Readonly<{ tenantId: string; statement: Statement }>,
): Promise<string[]> => {
  if (!READS.test(statement.text)) return [];
  await client.query('begin');
  try {
    await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
    const { rows } = await client.query<{ readonly 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
      `explain (format json) ${statement.text}`,
      [...statement.values],
    );
    const [{ Plan: plan } = { Plan: null }] = rows[0]?.['QUERY PLAN'] ?? [];
    return plan === null ? ['has no plan'] : problemsOf(plan).map((problem) => `${problem}: ${statement.text}`);
  } finally {
    await client.query('rollback');
  }
};
