import { dirname, resolve } from 'node:path';
import {
  createCircuitBreakers,
  type JsonObject,
  type MemoryRun,
  type PipelineDefinition,
  type RunEvent,
  startInMemory,
  type TaskExecutor,
  withCircuitBreaker,
  withSecrets,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { readPluginSettings, readSandboxLevel, readUserName } from '../config.ts';
import type { PipelineWithFolder } from '../pipelines/read-with-folder.ts';
import { createLocalCalls } from '../steps/local-calls.ts';
import { createLocalExecutor } from '../steps/local-executor.ts';
import { type Supervisor, withSupervisor } from '../supervision/supervisor.ts';
import { type Answer, createAnswers } from './answers.ts';
import { endScope } from './end-scope.ts';
import { guardProcess } from './guard-process.ts';
import { loadServices } from './load-services.ts';
import { endReportingWaits } from './report-waits.ts';
import type { LocalSecrets } from './secrets.ts';
import { UsageError } from '../usage-error.ts';

export type LocalRun = {
  readonly pipeline: PipelineWithFolder;
  readonly definition: PipelineDefinition;
  readonly parameters: JsonObject;
  readonly clock: 'real' | 'virtual';
  readonly secrets: LocalSecrets;
  readonly servicesFile: string | undefined;
  /** Installed packages that get all that their manifests ask for. */
  readonly granted: readonly string[];
  /** Steps, and transitions as `from->to`. */
  readonly breakpoints: readonly string[];
  readonly answers: readonly Answer[];
  /** Who decides approvals, in turn. Left out, whoever works here. */
  readonly people: readonly string[];
  readonly onEvent: (event: RunEvent) => void;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly supervisor: Supervisor | undefined;
};

/**
 * Runs a checked pipeline in this process, with everything that is at hand here. An error that a local step leaves behind
 * cancels the run.
 */
export const runPipeline = async (run: LocalRun): Promise<MemoryRun> => {
  const { secrets } = run;
  const stray = new AbortController();
  const log = (line: string): void => run.log(secrets.mask(line));
  const onStray = (problem: string): void => {
    const message = `A local step failed outside of its attempt: ${problem}`;
    log(`error: ${message}`);
    stray.abort(message);
  };
  const signal = AbortSignal.any([run.signal, stray.signal]);
  return guardProcess(() => runWithServices({ ...run, signal, log }), { mask: secrets.mask, onStray });
};

const runWithServices = async (run: LocalRun): Promise<MemoryRun> => {
  const { secrets, log } = run;
  const services = (await loadServices(run.servicesFile)).openProcess();
  const directory = dirname(resolve(run.pipeline.file));
  const findPackage = run.pipeline.plugins.packages.find;
  const calls = createLocalCalls({
    directory,
    findPackage,
    granted: new Set(run.granted),
    sandboxLevel: readSandboxLevel(),
    readSecret: secrets.lookup,
    settings: readPluginSettings(),
    log,
  });
  try {
    const local = createLocalExecutor({
      directory,
      log,
      plugins: [run.pipeline, ...run.pipeline.folder.used.values()].flatMap(({ plugins }) => plugins.found),
      findPackage,
      calls,
      services: services.openRun(),
    });
    return await start(run, withSecrets(guard(withSupervisor(local, run.supervisor), run.clock), secrets.lookup));
  } finally {
    await calls.close();
    await endScope(services, log);
  }
};

/** Circuits cool down in real time: a clock that jumps over waits would find them open for ever. */
const guard = (executor: TaskExecutor, clock: LocalRun['clock']): TaskExecutor =>
  clock === 'virtual' ? executor : withCircuitBreaker(executor, { breakers: createCircuitBreakers() });

const start = async (run: LocalRun, executor: TaskExecutor): Promise<MemoryRun> => {
  const { pipeline, definition, parameters, clock, signal, breakpoints } = run;
  const user = readUserName();
  const [first = user, ...others] = run.people;
  const answers = createAnswers({
    answers: run.answers,
    people: [first, ...others],
    send: (command, runId) => handle.send(command, runId),
  });
  const handle = startDebuggable({
    definition,
    parameters,
    trigger: { type: 'manual', by: user },
    executor,
    pipelines: pipeline.folder,
    clock,
    signal,
    ...(breakpoints.length === 0 ? {} : { debug: { breakpoints: sortBreakpoints(breakpoints) } }),
    onEvent: (event) => {
      run.onEvent(event);
      answers.onEvent(event);
    },
    onStalled: answers.onStalled,
  });
  // A virtual clock jumps over every wait that ends.
  const ended = await (clock === 'virtual' ? handle.done : endReportingWaits(handle, run.log));
  for (const option of answers.unused()) run.log(`warning: nothing asked for ${option}.`);
  return ended;
};

/** A breakpoint on something that is not there is a command that can't be read. */
const startDebuggable: typeof startInMemory = (options) => {
  try {
    return startInMemory(options);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'IA_RUN_COMMAND') throw error;
    throw new UsageError(`--breakpoint: ${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`);
  }
};

const sortBreakpoints = (breakpoints: readonly string[]) => ({
  steps: breakpoints.filter((breakpoint) => !breakpoint.includes('->')),
  transitions: breakpoints.filter((breakpoint) => breakpoint.includes('->')),
});
