import type { Command } from 'commander';
import type { ExitCode } from '../../exit-codes.ts';
import { describeFollowed } from '../../platform/describe-followed.ts';
import { followRun } from '../../platform/follow-run.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { exitCodeOfRun, printedStatus } from '../../platform/run-status.ts';
import { printable } from '../../printable.ts';
import type { CommandRegistration } from '../registration.ts';
import { readRun } from './show.ts';

export const addFollowCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(
    runs,
    'follow <id>',
    'Print a run’s events while they happen, until it ends: 0 when it succeeded, else 1.',
  )
    .option('--after <cursor>', 'only events behind this one')
    .action(
      withSession<{ readonly after?: string }, [string]>(registration, async (session, { after }, [text]) =>
        follow(session, await session.idOf('Run', text), after),
      ),
    );
};

/** Prints events as they come; with --json each on a line of its own, the run's end last. */
export const follow = async (session: PlatformSession, runId: string, after?: string): Promise<ExitCode> => {
  const { terminal, isJson, api } = session;
  await readRun(session, runId);
  const onReconnect = (reason: string): void =>
    terminal.writeError(`${reason}: connecting again, events go on where they stopped\n`);
  for await (const item of followRun({ connection: api.connection, runId, after, onReconnect })) {
    terminal.write(isJson ? `${JSON.stringify(item)}\n` : describeFollowed(item, terminal.style));
  }
  const run = await readRun(session, runId);
  if (isJson) terminal.write(`${JSON.stringify({ kind: 'Run', ...run })}\n`);
  else terminal.write(describeEnd(run, terminal.style));
  return exitCodeOfRun(run.status);
};

type EndedRun = Awaited<ReturnType<typeof readRun>>;

const describeEnd = (run: EndedRun, style: PlatformSession['terminal']['style']): string => {
  const { error, outputs } = run;
  const head = `run ${shortId(run.id)} ${printedStatus(run, style)}`;
  if (error === null) return `${head}\n${outputs === null ? '' : `${JSON.stringify(outputs, null, 2)}\n`}`;
  return `${head}: ${error.code}: ${printable(error.message)}\n${error.hint === null ? '' : `hint: ${printable(error.hint)}\n`}`;
};
