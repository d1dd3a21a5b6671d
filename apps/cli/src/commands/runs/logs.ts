import { type Command, Option } from 'commander';
import { collect } from '../../platform/argument-values.ts';
import { type FollowedLine, type LogLine, runLogs } from '../../platform/documents/log-documents.ts';
import { followLines } from '../../platform/follow-run.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';
import type { CommandRegistration } from '../registration.ts';
import { readRun } from './show.ts';

type LogsOptions = {
  readonly follow?: boolean;
  readonly level?: readonly string[];
  readonly step?: string;
  readonly after?: string;
};

const LEVELS = ['debug', 'info', 'warn', 'error', 'progress'];

export const addLogsCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(runs, 'logs <id>', 'Print what a run’s steps and plugins wrote.')
    .option('--follow', 'print lines while they are written, until the run ends')
    .addOption(
      new Option('--level <level>', 'only lines of this level; may be repeated')
        .choices(LEVELS)
        .argParser((text: string, texts?: readonly string[]) => collect(text, texts)),
    )
    .option('--step <id>', 'only lines of this step')
    .option('--after <cursor>', 'only lines behind this one')
    .action(
      withSession<LogsOptions, [string]>(registration, async (session, options, [text]) => {
        const runId = await session.idOf('Run', text);
        await readRun(session, runId);
        if (options.follow === true) await followLogs(session, runId, options);
        else await printLogs(session, runId, options);
      }),
    );
};

const levelsOf = ({ level }: LogsOptions): readonly string[] | undefined => level?.map((name) => name.toUpperCase());

const printLogs = async (session: PlatformSession, id: string, options: LogsOptions): Promise<void> => {
  const lines = await readList(Number.POSITIVE_INFINITY, async ({ first, after }) => {
    const variables = { id, levels: levelsOf(options), stepId: options.step, first, after: after ?? options.after };
    return (await session.api.query(runLogs, variables)).node?.logs;
  });
  session.print({ json: lines, text: () => lines.map(describeLine).join('') });
};

const followLogs = async (session: PlatformSession, runId: string, options: LogsOptions): Promise<void> => {
  const { terminal, isJson, api } = session;
  const onReconnect = (reason: string): void =>
    terminal.writeError(`${reason}: connecting again, lines go on where they stopped\n`);
  const { connection } = api;
  const lines = followLines({ connection, runId, after: options.after, levels: levelsOf(options), onReconnect });
  for await (const line of lines) {
    if (options.step !== undefined && line.kind === 'RunLogLine' && line.stepId !== options.step) continue;
    terminal.write(isJson ? `${JSON.stringify(line)}\n` : describeFollowedLine(line));
  }
};

const describeFollowedLine = (line: FollowedLine): string =>
  line.kind === 'Gap' ? `(lines ${line.from} to ${line.to} are not available any more)\n` : describeLine(line);

const describeLine = ({ at, level, stepId, message, fraction }: LogLine): string => {
  const share = fraction === null ? '' : `${Math.round(fraction * 100)} % `;
  return `${at} ${level.toLowerCase().padEnd(8)} ${stepId ?? '-'}: ${share}${printable(message)}\n`;
};
