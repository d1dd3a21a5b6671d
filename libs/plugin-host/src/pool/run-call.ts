import type { Json, PlatformError } from '@ia-modules/plugin-sdk';
import { type HostFrame, PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import { type CallFrame, limitError, type SandboxProcess } from '../process/sandbox-process.ts';
import { violation } from '../protocol/violation.ts';
import type { Scrub } from '../scrub.ts';
import { canceledError, scrubbedError, thrownError, timeoutError } from './call-errors.ts';
import type { CallPorts } from './call-ports.ts';
import { createCallReports, type ReportSinks } from './call-reports.ts';
import { withEarlierSecrets } from './earlier-secrets.ts';
import { createRequestBroker } from './request-broker.ts';

export type CallRun = {
  readonly process: SandboxProcess;
  readonly frame: Extract<HostFrame, { type: 'call' | 'health' | 'describe' }>;
  /** Names the call in errors. */
  readonly what: string;
  readonly ports: CallPorts;
  readonly sinks: ReportSinks;
  readonly scrub: Scrub;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
};

export type StartedCall = {
  readonly output: Promise<Json>;
  /** Resolves when the guest is done with the call, which may be after the output was given up. */
  readonly settled: Promise<void>;
};

/** What a guest has to answer a call that is not wanted any more; then its process is killed. */
const CANCEL_GRACE_MS = 250;

const metricNames = new WeakMap<SandboxProcess, Set<string>>();
const metricNamesOf = (process: SandboxProcess): Set<string> => {
  const known = metricNames.get(process) ?? new Set<string>();
  metricNames.set(process, known);
  return known;
};

/** Makes one call on a process that is ready, within every limit. */
export const startCall = (given: CallRun): StartedCall => {
  const { process, frame, signal, timeoutMs, what } = given;
  const scrub = withEarlierSecrets(process, 'secrets' in frame ? Object.values(frame.secrets) : [], given.scrub);
  const run = { ...given, scrub };
  const output = Promise.withResolvers<Json>();
  const settled = Promise.withResolvers<void>();
  const broker = createRequestBroker({ callId: frame.id, ports: run.ports, scrub, send: (sent) => process.send(sent) });
  let grace: NodeJS.Timeout | undefined;

  const finish = (): void => {
    process.close(frame.id);
    stopWaiting();
    clearTimeout(grace);
    settled.resolve();
  };
  const giveUp = (reason: 'canceled' | 'timeout', error: PlatformError): void => {
    stopWaiting();
    output.reject(error);
    process.send({ type: 'cancel', id: frame.id, reason });
    const why = reason === 'timeout' ? 'does not end in time' : 'does not end when it is canceled';
    grace = setTimeout(() => process.kill(limitError(what, why), frame.id), CANCEL_GRACE_MS);
  };
  const cancel = (): void => giveUp('canceled', canceledError(what, signal));
  const timer = setTimeout(() => giveUp('timeout', timeoutError(what, timeoutMs)), timeoutMs);
  const stopWaiting = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
    broker.stop();
  };

  process.open(frame.id, {
    onFrame: answerFrames({ run, broker, finish, isOver: () => grace !== undefined, output }),
    onEnd: (reason) => {
      output.reject(scrubbedError(reason, scrub));
      finish();
    },
  });
  signal?.addEventListener('abort', cancel, { once: true });
  process.send(frame);
  return { output: output.promise, settled: settled.promise };
};

type Answering = {
  readonly run: CallRun;
  readonly broker: ReturnType<typeof createRequestBroker>;
  readonly output: PromiseWithResolvers<Json>;
  readonly finish: () => void;
  /** Whether the call was given up, so that only its end matters. */
  readonly isOver: () => boolean;
};

const answerFrames = ({ run, broker, output, finish, isOver }: Answering): ((frame: CallFrame) => void) => {
  const { process, scrub, sinks } = run;
  const report = createCallReports({ sinks, scrub, metricNames: metricNamesOf(process) });
  let frames = 0;
  return (frame) => {
    // Pieces are bounded by what was announced and asked for.
    const isPiece = frame.type === 'pull' || frame.type === 'blob_chunk';
    if (!isPiece && ++frames > PROTOCOL_LIMITS.framesPerCall) throw violation(9);
    switch (frame.type) {
      case 'result':
        output.resolve(frame.output);
        return finish();
      case 'error':
        if (frame.isFinal === true) process.retire();
        output.reject(thrownError(frame.error, scrub));
        return finish();
      case 'log':
      case 'progress':
      case 'cost':
      case 'span':
      case 'metric':
        return isOver() ? undefined : report(frame);
      default:
        return isOver() ? undefined : broker.take(frame);
    }
  };
};
