import type { Command } from 'commander';
import type { ExitCode } from '../../exit-codes.ts';
import type { Operation, Variables } from '../../platform/api-client.ts';
import {
  cancelRun,
  type ChangedRun,
  pauseRun,
  replayRun,
  resumeRun,
  retryRun,
} from '../../platform/documents/control-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';
import { changeRuns, countOf } from './bulk.ts';
import { addEffectOption, type EffectOptions, readEffects } from './fork-input.ts';
import { addFilterOptions, findRuns, type RunFilter } from './list.ts';
import { addNewRunOptions, makeRun, type NewRunOptions } from './make-run.ts';
import { tellRun } from './tell.ts';

type ControlOptions = RunFilter & NewRunOptions & EffectOptions & { readonly reason?: string; readonly yes?: boolean };

type Action = {
  readonly description: string;
  readonly operation: Operation<{ readonly run: ChangedRun }>;
  /** What is said when a run was asked to change; undefined for actions that make a new run. */
  readonly told: string | undefined;
  readonly addOptions?: (command: Command) => Command;
};

const addReason = (command: Command): Command => command.option('--reason <text>', 'why');

const ACTIONS: Readonly<Record<string, Action>> = {
  cancel: {
    description: 'Cancel runs: what they did is undone where their pipelines say so.',
    operation: cancelRun,
    told: 'is to be canceled',
    addOptions: addReason,
  },
  pause: {
    description: 'Let nothing new begin in runs; what is under way ends.',
    operation: pauseRun,
    told: 'is to pause',
    addOptions: addReason,
  },
  resume: {
    description: 'Let runs go on that are paused or stand at a breakpoint.',
    operation: resumeRun,
    told: 'is to go on',
  },
  retry: {
    description: 'Start new runs that go on from the step which ended the old ones.',
    operation: retryRun,
    told: undefined,
    addOptions: (command) => addEffectOption(addNewRunOptions(command)),
  },
  replay: {
    description: 'Start new runs with the same version and parameters, from the beginning.',
    operation: replayRun,
    told: undefined,
    addOptions: addNewRunOptions,
  },
};

/** cancel, pause, resume, retry and replay: of one run, of several, or of all that a filter lets through. */
export const addControlCommands = (registration: CommandRegistration, runs: Command): void => {
  for (const [name, action] of Object.entries(ACTIONS)) {
    const command = addFilterOptions(platformCommand(runs, `${name} [id...]`, action.description));
    (action.addOptions?.(command) ?? command)
      .option('-y, --yes', 'go through with it for every run that --pipeline and --status choose')
      .action(
        withSession<ControlOptions, [readonly string[]]>(registration, (session, options, [ids]) =>
          control(session, { action, ids, options }),
        ),
      );
  }
};

type Request = { readonly action: Action; readonly ids: readonly string[]; readonly options: ControlOptions };

const control = async (session: PlatformSession, { action, ids, options }: Request): Promise<ExitCode | void> => {
  const isFiltered = options.pipeline !== undefined || options.status !== undefined;
  if (isFiltered === ids.length > 0) {
    throw new UsageError('Name runs by their ids, or choose them with --pipeline and --status.');
  }
  const [first, ...others] = ids;
  if (first !== undefined && others.length === 0) return controlOne(session, first, { action, options });
  if (options.follow === true || options.effect !== undefined) {
    throw new UsageError('--follow and --effect are for one run.');
  }
  const inputOf = inputOfMany(action, options);
  if (!isFiltered) {
    const runIds = await Promise.all(ids.map((id) => session.idOf('Run', id)));
    return changeRuns(session, { runIds, operation: action.operation, inputOf });
  }
  const found = await findRuns(session, options, MAX_CHOSEN);
  if (found.length > 0 && options.yes !== true) throw unconfirmed(found.length);
  return changeRuns(session, { runIds: found.map(({ id }) => id), operation: action.operation, inputOf });
};

/** A repeated command makes the new run of each run once. */
const inputOfMany =
  ({ told }: Action, { reason, idempotencyKey }: ControlOptions) =>
  (runId: string): Variables => {
    if (told !== undefined) return reason === undefined ? {} : { reason };
    return idempotencyKey === undefined ? {} : { idempotencyKey: `${idempotencyKey}:${shortId(runId)}` };
  };

const MAX_CHOSEN = 10_000;

const unconfirmed = (count: number): UsageError =>
  new UsageError(`This is for ${countOf(count, 'run')}: repeat it with --yes to go through with it.`);

const controlOne = async (
  session: PlatformSession,
  run: string,
  { action: { operation, told }, options }: Omit<Request, 'ids'>,
): Promise<ExitCode | void> => {
  if (told !== undefined) {
    const input: Variables = options.reason === undefined ? {} : { reason: options.reason };
    return tellRun(session, run, { operation, input, told });
  }
  const input = { runId: await session.idOf('Run', run), ...(await readEffects(options)) };
  return makeRun(session, options, { operation, input });
};
