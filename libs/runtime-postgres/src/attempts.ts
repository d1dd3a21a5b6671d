import {
  isNestedTooDeep,
  type Json,
  MAX_DEPTH,
  type PluginReference,
  type RecordedError,
  type TaskExecutor,
  type TaskKey,
  type TaskRequest,
  toRecordedError,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { createTimers } from './timers.ts';

export type AttemptStart = { readonly worker?: string; readonly plugin?: PluginReference };

export type AttemptListener = {
  readonly onStarted: (key: TaskKey, start: AttemptStart) => void;
  readonly onSucceeded: (key: TaskKey, output: Json) => void;
  readonly onFailed: (key: TaskKey, error: RecordedError) => void;
};

export type Attempts = {
  dispatch(request: TaskRequest): void;
  /** Aborts an attempt; the listener hears nothing of it any more. */
  abort(key: TaskKey): void;
  abortAll(): void;
};

/** Works on the attempts of one run through its executor, each within its time limit. */
export const createAttempts = (executor: TaskExecutor, listener: AttemptListener): Attempts => {
  const controllers = new Map<TaskKey, AbortController>();
  const deadlines = createTimers((key) => settle(key, () => listener.onFailed(key, toRecordedError(timedOut()))));

  /** Ends an attempt: the first outcome counts, and whatever still works on it is told to stop. */
  const settle = (key: TaskKey, report: () => void): void => {
    const controller = controllers.get(key);
    if (controller === undefined) return;
    controllers.delete(key);
    deadlines.disarm(key);
    report();
    controller.abort();
  };

  const run = async (request: TaskRequest, controller: AbortController): Promise<void> => {
    const { key } = request;
    const isCurrent = (): boolean => controllers.get(key) === controller;
    try {
      const output = await executor.execute(request, {
        signal: controller.signal,
        emitStarted: (start) => {
          if (isCurrent()) listener.onStarted(key, start);
        },
      });
      const recordable = toRecordable(output);
      if (isCurrent()) settle(key, () => listener.onSucceeded(key, recordable));
    } catch (error) {
      if (isCurrent()) settle(key, () => listener.onFailed(key, toRecordedError(error)));
    }
  };

  return {
    dispatch: (request) => {
      const controller = new AbortController();
      controllers.set(request.key, controller);
      if (request.timeoutMs !== null) deadlines.arm(request.key, Date.now() + request.timeoutMs);
      void run(request, controller);
    },
    abort: (key) => settle(key, () => undefined),
    abortAll: () => {
      for (const key of controllers.keys()) settle(key, () => undefined);
    },
  };
};

/** Brings an output to exactly what a replay will read from the log. */
const toRecordable = (output: Json): Json => {
  // Whoever reads the log later, writes JSON or evaluates an expression over it, would run out of stack.
  if (typeof output === 'object' && output !== null && isNestedTooDeep(output)) throw tooDeep();
  const text = JSON.stringify(output) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as Json);
};

const tooDeep = (): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_FAILED',
    message: `The output is nested more than ${MAX_DEPTH} levels deep.`,
    fault: 'plugin',
  });

const timedOut = (): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_TIMEOUT',
    message: 'The attempt did not end within its timeout.',
    hint: "Raise the step's timeout, or look into why it takes so long.",
    disposition: 'timeout',
  });
