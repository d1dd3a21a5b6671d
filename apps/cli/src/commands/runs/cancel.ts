import type { Command } from 'commander';
import { cancelRun } from '../../platform/documents/run-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { CommandRegistration } from '../registration.ts';

export const addCancelCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(runs, 'cancel <id>', 'Cancel a run: what it did is undone where its pipeline says so.')
    .option('--reason <text>', 'why')
    .action(
      withSession<{ readonly reason?: string }, [string]>(registration, async (session, { reason }, text) => {
        const runId = await session.idOf('Run', text);
        const { run } = await session.api.mutate(cancelRun, { input: { runId, reason: reason ?? null } });
        session.print({ json: { run }, text: () => `${shortId(run.id)} is asked to cancel\n` });
      }),
    );
};
