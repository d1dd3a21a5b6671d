import { type GuestClock, openClock } from './guest-clock.ts';
import { type Frame, NativeDomException, write } from './primitives.ts';

/** What the host called, from its frame to the answer. */
export type RunningCall = {
  readonly id: number;
  readonly frame: Frame;
  readonly controller: AbortController;
  /** Stops what is still under way when the call ends or is canceled. */
  readonly stops: Set<(reason: unknown) => void>;
  lastSpanId: number;
  /** Requests that wait for their answers. */
  waiting: number;
  readonly clock: GuestClock;
  isOver: boolean;
};

type CallStorage = {
  run<T>(call: RunningCall, work: () => T): T;
  getStore(): RunningCall | undefined;
};

const calls = new Map<number, RunningCall>();
const storage: { current: CallStorage | null } = { current: null };

/** Only where calls run at once does a global `fetch` or `console.log` have to be told whose it is. */
export const trackCalls = async (): Promise<void> => {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  storage.current = new AsyncLocalStorage<RunningCall>();
};

export const openCall = (frame: Frame): RunningCall => {
  const call: RunningCall = {
    id: frame.id,
    frame,
    controller: new AbortController(),
    stops: new Set(),
    lastSpanId: 0,
    waiting: 0,
    clock: openClock(frame),
    isOver: false,
  };
  calls.set(call.id, call);
  return call;
};

export const closeCall = (call: RunningCall, reason: unknown): void => {
  call.isOver = true;
  calls.delete(call.id);
  for (const stop of call.stops) stop(reason);
  call.stops.clear();
};

/** Runs the work so that `currentCall` finds the call it belongs to. */
export const runInCall = <T>(call: RunningCall, work: () => T): T =>
  storage.current === null ? work() : storage.current.run(call, work);

/** The call that the running code belongs to; null when it is left over from one that has ended. */
export const currentCall = (): RunningCall | null => {
  if (storage.current !== null) return storage.current.getStore() ?? null;
  for (const call of calls.values()) return call;
  return null;
};

export const cancelCall = (id: number, reason: unknown): void => {
  const call = calls.get(id);
  if (call === undefined) return;
  const error =
    reason === 'timeout'
      ? new NativeDomException('The call is out of time.', 'TimeoutError')
      : new NativeDomException('The call was canceled.', 'AbortError');
  call.controller.abort(error);
  for (const stop of call.stops) stop(error);
  call.stops.clear();
};

/** Tells the host something of a call that still runs. */
export const report = (call: RunningCall, frame: { readonly type: string; readonly [key: string]: unknown }): void => {
  if (!call.isOver) write({ ...frame, id: call.id });
};
