import { type ErrorCode, type Json, PlatformError, PluginError } from '@ia-modules/plugin-sdk';
import { type GuestFrame, PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import type { GuardedFetch } from '../net/guarded-fetch.ts';
import { readProcessUsage } from '../process/process-usage.ts';
import { limitError, type SandboxProcess } from '../process/sandbox-process.ts';
import { violation } from '../protocol/violation.ts';
import type { SandboxCall } from '../plugin-call.ts';
import type { Scrub } from '../scrub.ts';
import { createFetchBroker } from './fetch-broker.ts';

export type CallRun = {
  readonly callId: number;
  readonly process: SandboxProcess;
  readonly call: SandboxCall;
  readonly net: GuardedFetch;
  readonly secrets: Readonly<Record<string, string>>;
  readonly scrub: Scrub;
};

const METER_INTERVAL_MS = 100;
const CANCEL_GRACE_MS = 250;
const DENO_MEMORY_BYTES = 64 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

/** What a plugin may call its own error; any other code it claims becomes `IA_PLUGIN_FAILED`. */
const GUEST_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'IA_PLUGIN_FAILED',
  'IA_PLUGIN_INPUT',
  'IA_PLUGIN_LIMIT',
  'IA_PLUGIN_NET_DENIED',
  'IA_PLUGIN_NET_FAILED',
]);
const ERROR_NAME = /^[A-Za-z_$][\w$.-]*$/;

/** Makes one call on a process that is ready and free, within every limit; a breach or a time-out kills the process. */
export const runCall = async (run: CallRun): Promise<Json> => {
  const { process, call, callId } = run;
  if (call.signal?.aborted === true) throw canceledError(call);
  const outcome = Promise.withResolvers<Json>();
  const broker = createFetchBroker({
    net: run.net,
    scrub: run.scrub,
    answer: (fetchId, result) => process.send({ type: 'fetch_result', id: callId, fetchId, ...result }),
  });
  const stops = [
    broker.stop,
    limitTime(run),
    meterUsage(run),
    followSignal(run, outcome.reject),
    () => process.listen(null),
  ];
  process.listen(answerFrames({ run, outcome, request: broker.request }));
  void process.ended.then((reason) => outcome.reject(scrubError(reason, run.scrub)));
  const { name: step, input, idempotencyKey } = call;
  process.send({ type: 'call', id: callId, step, input, secrets: { ...run.secrets }, idempotencyKey });
  try {
    return await outcome.promise;
  } finally {
    for (const stop of stops) stop();
  }
};

type Answering = {
  readonly run: CallRun;
  readonly outcome: Pick<PromiseWithResolvers<Json>, 'resolve' | 'reject'>;
  readonly request: (fetchId: number, request: Extract<GuestFrame, { type: 'fetch' }>['request']) => void;
};

const answerFrames = ({ run, outcome, request }: Answering): ((frame: GuestFrame) => void) => {
  let frames = 0;
  let logLines = 0;
  return (frame) => {
    if (frame.type === 'ready') throw violation(6);
    if (frame.id !== run.callId) throw violation(7);
    if (++frames > PROTOCOL_LIMITS.framesPerCall) throw violation(9);
    switch (frame.type) {
      case 'result':
        run.process.listen(null);
        return outcome.resolve(frame.output);
      case 'error':
        run.process.listen(null);
        return outcome.reject(toPluginError(frame.error, run.scrub));
      case 'fetch':
        return request(frame.fetchId, frame.request);
      case 'log':
        if (++logLines <= PROTOCOL_LIMITS.logLinesPerCall) {
          run.call.onLog?.({ level: frame.level, message: run.scrub(frame.message) });
        }
        if (logLines === PROTOCOL_LIMITS.logLinesPerCall) {
          run.call.onLog?.({ level: 'warn', message: 'Further log lines of this call are dropped.' });
        }
        return undefined;
      case 'progress':
        return run.call.onProgress?.(
          frame.fraction,
          frame.message === undefined ? undefined : run.scrub(frame.message),
        );
      case 'cost':
        return run.call.onCost?.(frame.usd);
    }
  };
};

const toPluginError = (error: Extract<GuestFrame, { type: 'error' }>['error'], scrub: Scrub): PluginError =>
  new PluginError({
    name: ERROR_NAME.test(error.name) ? error.name : 'PluginError',
    message: scrub(error.message),
    retryable: error.retryable,
    code: error.code !== undefined && GUEST_CODES.has(error.code) ? (error.code as ErrorCode) : 'IA_PLUGIN_FAILED',
    ...(error.hint === undefined ? {} : { hint: scrub(error.hint) }),
  });

const scrubError = (error: PlatformError, scrub: Scrub): PlatformError => {
  const { code, hint, fault, disposition, details, cause } = error;
  const stderr = typeof details?.['stderr'] === 'string' ? { stderr: scrub(details['stderr']) } : {};
  return new PlatformError({
    code,
    message: scrub(error.message),
    hint,
    fault,
    disposition,
    details: details === undefined ? undefined : { ...details, ...stderr },
    cause,
  });
};

const limitTime = ({ process, call }: CallRun): (() => void) => {
  const timeoutMs = Math.min(call.timeoutMs ?? Infinity, call.plugin.manifest.permissions.timeoutMs);
  const timer = setTimeout(() => {
    process.kill(
      new PlatformError({
        code: 'IA_TASK_TIMEOUT',
        message: `The ${call.kind} "${call.name}" of ${call.plugin.name} did not end within ${timeoutMs} ms.`,
        fault: 'plugin',
        disposition: 'timeout',
      }),
    );
  }, timeoutMs);
  return () => clearTimeout(timer);
};

const meterUsage = ({ process, call }: CallRun): (() => void) => {
  const { cpuMs, memoryMb } = call.plugin.manifest.permissions;
  const startCpuMs = readProcessUsage(process.pid)?.cpuMs ?? 0;
  const timer = setInterval(() => {
    const usage = readProcessUsage(process.pid);
    if (usage === null) return;
    const { name } = call.plugin;
    if (usage.cpuMs - startCpuMs > cpuMs) process.kill(limitError(name, `used more than ${cpuMs} ms of CPU time`));
    if (usage.memoryBytes > memoryMb * MEBIBYTE + DENO_MEMORY_BYTES) {
      process.kill(limitError(name, `used more than ${memoryMb} MB of memory`));
    }
  }, METER_INTERVAL_MS);
  return () => clearInterval(timer);
};

/** A canceled call rejects at once; its process gets a moment to react to the signal, and then goes. */
const followSignal = ({ process, call, callId }: CallRun, reject: (reason: PlatformError) => void): (() => void) => {
  const { signal } = call;
  if (signal === undefined) return () => {};
  const cancel = (): void => {
    const reason = canceledError(call);
    process.listen(() => {});
    process.send({ type: 'cancel', id: callId });
    process.retire(reason, CANCEL_GRACE_MS);
    reject(reason);
  };
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
};

export const canceledError = ({ kind, name, signal }: SandboxCall): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_CANCELED',
    message: `The call of the ${kind} "${name}" was canceled.`,
    disposition: 'canceled',
    cause: signal?.reason,
  });
