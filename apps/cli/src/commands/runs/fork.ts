import type { Command } from 'commander';
import { forkRun } from '../../platform/documents/control-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { CommandRegistration } from '../registration.ts';
import { addForkOptions, type ForkOptions, readEffects, readFork } from './fork-input.ts';
import { addNewRunOptions, makeRun, type NewRunOptions } from './make-run.ts';

export const addForkCommand = (registration: CommandRegistration, runs: Command): void => {
  const command = platformCommand(
    runs,
    'fork <id>',
    'Start a new run that repeats another one up to a step, and goes its own way from there.',
  );
  addNewRunOptions(addForkOptions(command)).action(
    withSession<ForkOptions & NewRunOptions, [string]>(registration, async (session, options, [text]) => {
      const runId = await session.idOf('Run', text);
      const input = { runId, point: await readFork(options), ...(await readEffects(options)) };
      return makeRun(session, options, { operation: forkRun, input });
    }),
  );
};
