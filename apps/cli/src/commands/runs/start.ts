import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { ExitCode } from '../../exit-codes.ts';
import { readJsonObject } from '../../platform/argument-values.ts';
import { startRun } from '../../platform/documents/run-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import type { CommandRegistration } from '../registration.ts';
import { follow } from './follow.ts';

type StartOptions = {
  readonly parameters?: string;
  readonly idempotencyKey?: string;
  readonly follow?: boolean;
};

export const addStartCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(runs, 'start <pipeline>', 'Start a run of a pipeline: its name or id.')
    .option('-p, --parameters <json>', 'its parameters: a JSON object, or @file')
    .option('--idempotency-key <key>', 'the same key starts one run, however often it is sent')
    .option('-f, --follow', 'print its events until it ends, and end as it does')
    .action(withSession<StartOptions, [string]>(registration, start));
};

const start = async (session: PlatformSession, options: StartOptions, pipeline: string): Promise<ExitCode | void> => {
  const { parameters, idempotencyKey = randomUUID() } = options;
  const given = parameters === undefined ? {} : await readJsonObject(parameters, '--parameters');
  const pipelineId = await session.pipelineId(pipeline);
  const { run } = await session.api.mutate(startRun, { input: { pipelineId, parameters: given, idempotencyKey } });
  if (options.follow !== true) {
    session.print({ json: { run }, text: () => `${shortId(run.id)}\n` });
    return;
  }
  if (!session.isJson) session.terminal.writeError(`run ${shortId(run.id)} started\n`);
  return follow(session, run.id);
};
