import type { Clock, PluginContext } from '../context.ts';
import { PlatformError } from '../errors.ts';
import { createContext } from '../host/create-context.ts';
import type { Json } from '../json.ts';
import { PluginError } from '../plugin-error.ts';
import { currentDepth, runSurrounded } from './ambient-fetch.ts';
import type { Answer } from './asked.ts';
import { type CallRecorder, createCallRecorder } from './call-recorder.ts';
import { createGrantedFetch } from './granted-fetch.ts';
import { recordTape, replayTape } from './http-tape.ts';
import { canceledError, timeoutError, toPlatformError } from './platform-error.ts';
import { createScrub, type Scrub } from './scrub.ts';
import type { RunOptions, TestWorld } from './test-world.ts';

/** One call's context, limits and record. */
export type CallSurroundings = {
  readonly recorder: CallRecorder;
  /** @throws PlatformError whatever goes wrong within, as the platform tells it */
  readonly run: <T>(work: (context: PluginContext) => Promise<T>) => Promise<T>;
};

const MAX_DEPTH = 3;

export const surroundCall = (world: TestWorld, what: string, options: RunOptions): CallSurroundings => {
  const secrets = permittedSecrets(world, options.secrets ?? {});
  const scrub = createScrub(secrets);
  const recorder = createCallRecorder(scrub);
  const over = new AbortController();
  const signal = options.signal === undefined ? over.signal : AbortSignal.any([over.signal, options.signal]);
  const { onRequest, onPut, onLog, onProgress, onCost, onSpan, onMetric } = recorder;
  const fetch = createGrantedFetch({
    granted: [world.manifest.permissions.net, world.grant.net],
    answer: answerFrom(options.http, recorder, scrub),
    signal,
    onRequest,
  });
  const context = createContext({
    fetch,
    signal,
    secrets,
    idempotencyKey: options.idempotencyKey ?? 'test-key',
    task: { runId: 'test-run', stepId: 'test-step', attempt: options.attempt ?? 1 },
    clock: clockFor(options.clock, signal),
    onLog,
    onProgress,
    onCost,
    onSpan,
    onMetric,
    blobs: world.manifest.permissions.blobs && world.grant.blobs ? world.blobs.portFor(onPut) : undefined,
    callPlugin: (uses, input) => callDependency(world, uses, input),
  });
  const depth = currentDepth() + 1;
  const run: CallSurroundings['run'] = async (work) => {
    if (options.signal?.aborted === true) throw canceledError(what, options.signal.reason);
    const limits = createLimits({ world, what, options, over });
    try {
      return await Promise.race([runSurrounded({ fetch, depth }, () => work(context)), limits.breached]);
    } catch (error) {
      throw limits.isBreach(error) ? error : toPlatformError(error, scrub);
    } finally {
      limits.end();
    }
  };
  return { recorder, run };
};

const permittedSecrets = (
  { manifest, grant }: TestWorld,
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const declared = new Set(manifest.permissions.secrets);
  const granted = new Set(grant.secrets);
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => declared.has(name) && granted.has(name)));
};

const answerFrom = (http: RunOptions['http'], { tape }: CallRecorder, scrub: Scrub): Answer =>
  http !== undefined && 'record' in http ? recordTape(tape, scrub) : replayTape(http?.tape ?? [], scrub);

const clockFor = (clock: RunOptions['clock'], signal: AbortSignal): Clock | undefined =>
  clock !== undefined && 'forCall' in clock ? clock.forCall(signal) : clock;

type Limited = {
  readonly world: TestWorld;
  readonly what: string;
  readonly options: RunOptions;
  readonly over: AbortController;
};

/** Ends a call that is canceled or takes too long, whatever its code still does. */
const createLimits = ({ world, what, options, over }: Limited) => {
  const { promise: breached, reject } = Promise.withResolvers<never>();
  const timeoutMs = Math.min(options.timeoutMs ?? Infinity, world.manifest.permissions.timeoutMs);
  let breach: PlatformError | undefined;
  const end = (error: PlatformError): void => {
    breach = error;
    reject(error);
    over.abort(error);
  };
  const timer = setTimeout(() => end(timeoutError(what, timeoutMs)), timeoutMs);
  const cancel = (): void => end(canceledError(what, options.signal?.reason));
  options.signal?.addEventListener('abort', cancel, { once: true });
  breached.catch(() => {});
  return {
    breached,
    isBreach: (error: unknown) => error === breach,
    end: () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', cancel);
    },
  };
};

const callDependency = async (
  { manifest, dependencies, name }: TestWorld,
  uses: string,
  input: Json,
): Promise<Json> => {
  const [packageName = '', step = ''] = uses.split('#');
  if (!Object.hasOwn(manifest.dependencies, packageName)) {
    throw dependencyError(`${packageName} is no dependency of ${name}.`, 'Name it under iaModules.dependencies.');
  }
  if (currentDepth() > MAX_DEPTH) {
    throw dependencyError(`Plugins call one another more than ${MAX_DEPTH} deep.`, 'Call fewer plugins in a row.');
  }
  const platform = dependencies[packageName];
  if (platform === undefined) {
    throw dependencyError(`No test platform runs ${packageName}.`, 'Give createTestPlatform one under `dependencies`.');
  }
  const { output } = await platform.run(step, input, { kind: 'step' });
  return output;
};

const dependencyError = (message: string, hint: string): PluginError =>
  new PluginError({ code: 'IA_PLUGIN_DEPENDENCY', message, hint });
