import type { Command } from 'commander';
import { type RunState, type RunStep, runState, runSteps } from '../../platform/documents/run-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { notFound } from '../../platform/api-failure.ts';
import { readList } from '../../platform/read-list.ts';
import { printedStatus } from '../../platform/run-status.ts';
import { printable, printableJson } from '../../printable.ts';
import { printedDuration } from '../../printed-time.ts';
import { formatFields, formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import type { CommandRegistration } from '../registration.ts';
import { formatEffects, readEffects } from './effects.ts';
import { formatWaits, readWaits } from './why.ts';

export const addShowCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(runs, 'show <id>', 'Show a run with its steps.').action(
    withSession<object, [string]>(registration, async (session, _options, [text]) => {
      const id = await session.idOf('Run', text);
      const run = await readRun(session, id);
      const [steps, { waiting }, effects] = await Promise.all([
        readSteps(session, id),
        readWaits(session, id),
        run.isLogPruned ? [] : readEffects(session, id),
      ]);
      const { style } = session.terminal;
      session.print({
        json: { ...run, steps, waiting, effects },
        text: () =>
          [formatRun(run, style), formatSteps(steps, style), formatWaits(waiting, style), formatEffects(effects, style)]
            .filter((part) => part !== '')
            .join('\n'),
      });
    }),
  );
};

/** A run as it is now. @throws PlatformError when there is none that the token may see */
export const readRun = async ({ api }: PlatformSession, id: string): Promise<RunState> => {
  const { node } = await api.query(runState, { id });
  if (node === null) throw notFound(`There is no run ${shortId(id)} that the token may see.`);
  return node;
};

const readSteps = ({ api, isJson }: PlatformSession, id: string): Promise<readonly RunStep[]> =>
  readList(Number.POSITIVE_INFINITY, async ({ after }) => {
    const { node } = await api.query(runSteps, { id, withOutput: isJson, after });
    return node?.steps;
  });

const formatRun = (run: RunState, style: Terminal['style']): string => {
  const { error, outputs } = run;
  return formatFields(
    [
      ['run', shortId(run.id)],
      ['pipeline', printable(run.pipeline.name)],
      ['status', printedStatus(run, style)],
      ...originOf(run),
      ['created', run.createdAt],
      ...field('started', run.startedAt),
      ...field('finished', run.finishedAt),
      ...field('duration', run.durationMs === null ? null : printedDuration(run.durationMs)),
      ...field('priority', run.priority === 0 ? null : String(run.priority)),
      ...field('cost', run.costUsd === 0 ? null : `$${run.costUsd}`),
      ...field('log', run.isLogPruned ? 'pruned' : null),
      ...field('error', error === null ? null : `${error.code}: ${printable(error.message)}`),
      ...field('hint', error?.hint ?? null),
      ...field('outputs', outputs === null ? null : printableJson(outputs)),
    ],
    style,
  );
};

const originOf = ({ originKind, origin, parent }: RunState) => [
  ...field('origin', originKind === null ? null : `${originKind}${origin === null ? '' : ` of ${shortId(origin.id)}`}`),
  ...field('parent', parent === null ? null : shortId(parent.id)),
];

const field = (name: string, value: string | null): readonly (readonly [string, string])[] =>
  value === null ? [] : [[name, value]];

const formatSteps = (steps: readonly RunStep[], style: Terminal['style']): string =>
  formatTable(
    {
      titles: ['STEP', 'STATUS', 'ATTEMPTS', 'RUNS', 'DURATION', 'ERROR'],
      rows: steps.map((step) => [
        step.stepId,
        printedStatus(step, style),
        String(step.attempts),
        String(step.iterations),
        durationOf(step),
        step.error === null ? '' : `${step.error.code}: ${printable(step.error.message)}`,
      ]),
    },
    style,
  );

const durationOf = ({ startedAt, finishedAt }: RunStep): string =>
  startedAt === null || finishedAt === null ? '' : printedDuration(Date.parse(finishedAt) - Date.parse(startedAt));
