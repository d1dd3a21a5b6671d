import { type Command, Option } from 'commander';
import { RUN_STATUSES } from '../../platform/run-status.ts';
import { wholeNumber } from '../../platform/argument-values.ts';
import { type RunSummary, runList } from '../../platform/documents/run-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printedStatus } from '../../platform/run-status.ts';
import { printable } from '../../printable.ts';
import { printedDistance, printedDuration } from '../../printed-time.ts';
import { formatTable } from '../../table.ts';
import type { CommandRegistration } from '../registration.ts';

type ListOptions = RunFilter & { readonly limit: number };

/** Which runs of a tenant are meant. */
export type RunFilter = { readonly pipeline?: string; readonly status?: readonly string[] };

const MAX_LIMIT = 10_000;

/** The options that choose runs. */
export const addFilterOptions = (command: Command): Command =>
  command
    .option('--pipeline <pipeline>', 'only of this pipeline: its name or id')
    .addOption(new Option('--status <status...>', 'only in one of these states').choices(RUN_STATUSES));

export const addListCommand = (registration: CommandRegistration, runs: Command): void => {
  addFilterOptions(platformCommand(runs, 'list', 'List runs, newest first.'))
    .option('--limit <n>', 'at most so many', wholeNumber(1, MAX_LIMIT), 20)
    .action(
      withSession<ListOptions>(registration, async (session, { limit, ...filter }) => {
        const found = await findRuns(session, filter, limit);
        const { style, writeError } = session.terminal;
        session.print({ json: { runs: found }, text: () => formatRuns(found, style) });
        if (found.length === 0 && !session.isJson) writeError('No runs.\n');
      }),
    );
};

/** The newest runs that a filter lets through. */
export const findRuns = async (
  session: PlatformSession,
  { pipeline, status }: RunFilter,
  limit: number,
): Promise<readonly RunSummary[]> => {
  const { slug } = await session.tenant();
  const pipelineId = pipeline === undefined ? null : await session.pipelineId(pipeline);
  return readList(limit, async (page) => {
    const { tenant } = await session.api.query(runList, { slug, pipelineId, status: status ?? null, ...page });
    return tenant?.runs;
  });
};

const formatRuns = (found: readonly RunSummary[], style: PlatformSession['terminal']['style']): string => {
  const nowMs = Date.now();
  const rows = found.map((run) => [
    shortId(run.id),
    printable(run.pipeline.name),
    printedStatus(run, style),
    run.durationMs === null ? '' : printedDuration(run.durationMs),
    printedDistance(run.createdAt, nowMs),
  ]);
  return formatTable({ titles: ['ID', 'PIPELINE', 'STATUS', 'DURATION', 'CREATED'], rows }, style);
};
