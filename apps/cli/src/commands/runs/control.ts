import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@ia-modules/engine';
import type { Command } from 'commander';
import type { ExitCode } from '../../exit-codes.ts';
import type { Operation } from '../../platform/api-client.ts';
import {
  cancelRun,
  type ChangedRun,
  forkRun,
  pauseRun,
  replayRun,
  resumeRun,
  retryRun,
} from '../../platform/documents/control-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';
import { type BulkAction, changeRuns, countOf } from './bulk.ts';
import {
  addEffectOption,
  addForkOptions,
  type EffectOptions,
  type ForkOptions,
  readEffects,
  readFork,
} from './fork-input.ts';
import { addFilterOptions, findRuns, type RunFilter } from './list.ts';
import { addNewRunOptions, makeRun, type NewRunOptions } from './make-run.ts';
import { tellRun } from './tell.ts';

type ControlOptions = RunFilter &
  NewRunOptions &
  EffectOptions &
  Partial<ForkOptions> & { readonly reason?: string; readonly yes?: boolean };

type Action = {
  readonly bulk: BulkAction;
  readonly description: string;
  readonly operation: Operation<{ readonly run: ChangedRun }>;
  /** What is said when a run was asked to change; undefined for actions that make a new run. */
  readonly told: string | undefined;
  readonly addOptions: (command: Command) => Command;
};

const addReason = (command: Command): Command => command.option('--reason <text>', 'why');

const ACTIONS: Readonly<Record<string, Action>> = {
  cancel: {
    bulk: 'CANCEL',
    description: 'Cancel runs: what they did is undone where their pipelines say so.',
    operation: cancelRun,
    told: 'is to be canceled',
    addOptions: addReason,
  },
  pause: {
    bulk: 'PAUSE',
    description: 'Let nothing new begin in runs; what is under way ends.',
    operation: pauseRun,
    told: 'is to pause',
    addOptions: addReason,
  },
  resume: {
    bulk: 'RESUME',
    description: 'Let runs go on that are paused or stand at a breakpoint.',
    operation: resumeRun,
    told: 'is to go on',
    addOptions: (command) => command,
  },
  retry: {
    bulk: 'RETRY',
    description: 'Start new runs that go on from the step which ended the old ones.',
    operation: retryRun,
    told: undefined,
    addOptions: (command) => addEffectOption(addNewRunOptions(command)),
  },
  fork: {
    bulk: 'FORK',
    description: 'Start new runs that repeat others up to a step, and go their own way from there.',
    operation: forkRun,
    told: undefined,
    addOptions: (command) => addForkOptions(addNewRunOptions(command)),
  },
  replay: {
    bulk: 'REPLAY',
    description: 'Start new runs with the same version and parameters, from the beginning.',
    operation: replayRun,
    told: undefined,
    addOptions: addNewRunOptions,
  },
};

/** cancel, pause, resume, retry, fork and replay: of one run, of several, or of all that a filter lets through. */
export const addControlCommands = (registration: CommandRegistration, runs: Command): void => {
  for (const [name, action] of Object.entries(ACTIONS)) {
    const command = addFilterOptions(platformCommand(runs, `${name} [id...]`, action.description));
    action
      .addOptions(command)
      .option('-y, --yes', 'go through with it for every run that --pipeline and --status choose')
      .action(
        withSession<ControlOptions, [readonly string[]]>(registration, (session, options, [ids]) =>
          control(session, { action, ids, options }),
        ),
      );
  }
};

type Request = { readonly action: Action; readonly ids: readonly string[]; readonly options: ControlOptions };

const control = async (session: PlatformSession, request: Request): Promise<ExitCode | void> => {
  const { ids, options } = request;
  const isFiltered = options.pipeline !== undefined || options.status !== undefined;
  if (isFiltered === ids.length > 0) {
    throw new UsageError('Name runs by their ids, or choose them with --pipeline and --status.');
  }
  const [first, ...others] = ids;
  if (first !== undefined && others.length === 0) return controlOne(session, first, request);
  if (options.follow === true || options.effect !== undefined) {
    throw new UsageError('--follow and --effect are for one run.');
  }
  return controlMany(session, request);
};

const controlOne = async (
  session: PlatformSession,
  run: string,
  { action: { operation, told }, options }: Request,
): Promise<ExitCode | void> => {
  if (told !== undefined) return tellRun(session, run, { operation, input: readReason(options), told });
  const point = await readPoint(options);
  const input = { runId: await session.idOf('Run', run), ...point, ...(await readEffects(options)) };
  return makeRun(session, options, { operation, input });
};

const controlMany = async (session: PlatformSession, { action, ids, options }: Request): Promise<ExitCode> => {
  const { idempotencyKey = randomUUID() } = options;
  const fork = await readPoint(options);
  const key = action.told === undefined ? { idempotencyKey } : {};
  const details = { action: action.bulk, input: { ...readReason(options), ...(fork && { fork }), ...key } };
  if (ids.length > 0) {
    const chosen = await Promise.all(ids.map((id) => session.idOf('Run', id)));
    return changeRuns(session, { ...details, chosen });
  }
  if (options.yes !== true) await askToConfirm(session, options);
  return changeRuns(session, { ...details, chosen: options });
};

const readReason = ({ reason }: ControlOptions): JsonObject => (reason === undefined ? {} : { reason });

const readPoint = async ({ from, ...options }: ControlOptions): Promise<JsonObject | undefined> =>
  from === undefined ? undefined : readFork({ ...options, from });

const MAX_COUNTED = 1000;

/** @throws UsageError when there are runs to change */
const askToConfirm = async (session: PlatformSession, filter: RunFilter): Promise<void> => {
  const { length } = await findRuns(session, filter, MAX_COUNTED);
  if (length === 0) return;
  const count = length === MAX_COUNTED ? `${MAX_COUNTED} runs or more` : countOf(length, 'run');
  throw new UsageError(`${count} would be asked: repeat it with --yes to go through with it.`);
};
