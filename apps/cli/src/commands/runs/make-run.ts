import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { ExitCode } from '../../exit-codes.ts';
import type { Operation, Variables } from '../../platform/api-client.ts';
import type { ChangedRun } from '../../platform/documents/control-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { follow } from './follow.ts';

/** Options of commands that make a new run. */
export type NewRunOptions = { readonly idempotencyKey?: string; readonly follow?: boolean };

export const addNewRunOptions = (command: Command): Command =>
  command
    .option('--idempotency-key <key>', 'the same key makes one run, however often it is sent')
    .option('-f, --follow', 'print the new run’s events until it ends, and end as it does');

type Request = { readonly operation: Operation<{ readonly run: ChangedRun }>; readonly input: Variables };

/** Asks for a new run, prints its id, and follows it where that is wished. */
export const makeRun = async (
  session: PlatformSession,
  { idempotencyKey = randomUUID(), follow: isFollowed = false }: NewRunOptions,
  { operation, input }: Request,
): Promise<ExitCode | void> => {
  const { run } = await session.api.mutate(operation, { input: { ...input, idempotencyKey } });
  if (!isFollowed) {
    session.print({ json: { run }, text: () => `${shortId(run.id)}\n` });
    return;
  }
  if (!session.isJson) session.terminal.writeError(`run ${shortId(run.id)} started\n`);
  return follow(session, run.id);
};
