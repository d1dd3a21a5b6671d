import type { PoolClient } from 'pg';
import { z } from 'zod';

const statusSchema = z.object({
  level: z.enum(['caged', 'process']),
  cage: z.string().nullable(),
  problem: z.object({ message: z.string(), hint: z.string().nullable() }).nullable(),
});

/** How plugins of others are isolated where the worker runs. */
export type SandboxStatus = z.infer<typeof statusSchema>;

const READ = `select report -> 'sandbox' as sandbox from worker_leases where name = 'engine' and expires_at > clock_timestamp()`;

/** What the worker that holds the lease says of itself; null while there is none, or it has not said anything. */
export const readSandboxStatus = async (client: Pick<PoolClient, 'query'>): Promise<SandboxStatus | null> => {
  const { rows } = await client.query<{ sandbox: unknown }>(READ);
  return statusSchema.safeParse(rows[0]?.sandbox).data ?? null;
};
