import { PlatformError } from '@ia-modules/plugin-sdk';

export type AdmissionSettings = {
  /** How many operations run at once in this process. */
  readonly maxRunning: number;
  /** How many of them one caller may have. */
  readonly maxRunningPerCaller: number;
  readonly maxWaiting: number;
  readonly maxWaitingPerCaller: number;
  readonly maxWaitMs: number;
};

export const ADMISSION_SETTINGS: AdmissionSettings = {
  maxRunning: 64,
  maxRunningPerCaller: 32,
  maxWaiting: 2_048,
  maxWaitingPerCaller: 512,
  maxWaitMs: 5_000,
};

/** Items of subscriptions wait as long as they must: there are as many as there are subscriptions at most. */
export const ITEM_ADMISSION_SETTINGS: AdmissionSettings = {
  maxRunning: 8,
  maxRunningPerCaller: 4,
  maxWaiting: Number.POSITIVE_INFINITY,
  maxWaitingPerCaller: Number.POSITIVE_INFINITY,
  maxWaitMs: 2 ** 31 - 1,
};

type Release = () => void;
type Waiting = { readonly start: () => void };
type Caller = { running: number; readonly waiting: Set<Waiting> };

const RETRY_AFTER_SECONDS = 1;

const busy = (message: string, status: number): PlatformError =>
  new PlatformError({
    code: 'IA_API_BUSY',
    message,
    hint: 'Send the request again after the time in `Retry-After`.',
    disposition: 'retry',
    details: { status, retryAfterSeconds: RETRY_AFTER_SECONDS },
  });

/**
 * Bounds what runs at once and what waits for that. Callers take turns, so that one who floods waits for itself and others
 * are served.
 */
export class Admission {
  readonly #settings: AdmissionSettings;
  /** Callers with something running or waiting, in the order of their turns. */
  readonly #callers = new Map<string, Caller>();
  #running = 0;
  #waiting = 0;

  constructor(settings: AdmissionSettings = ADMISSION_SETTINGS) {
    this.#settings = settings;
  }

  /**
   * Lets an operation begin, at once or when it is its caller's turn. Whoever enters calls what it gets when it is done.
   * @throws PlatformError IA_API_BUSY when too much waits already, or it waited for too long
   */
  enter(key: string): Release | Promise<Release> {
    const caller = this.#callerOf(key);
    if (caller.waiting.size === 0 && this.#hasRoom(caller)) return this.#begin(key, caller);
    const { maxWaiting, maxWaitingPerCaller } = this.#settings;
    if (caller.waiting.size >= maxWaitingPerCaller) throw busy('You have too many operations waiting.', 429);
    if (this.#waiting >= maxWaiting) throw busy('The API has too much to do.', 503);
    return this.#wait(key, caller);
  }

  #wait(key: string, caller: Caller): Promise<Release> {
    const { promise, resolve, reject } = Promise.withResolvers<Release>();
    const leave = (): void => {
      clearTimeout(timer);
      caller.waiting.delete(waiting);
      this.#waiting -= 1;
    };
    const timer = setTimeout(() => {
      leave();
      this.#forgetIdle(key, caller);
      reject(busy('The API has too much to do.', 503));
    }, this.#settings.maxWaitMs);
    const waiting = {
      start: () => {
        leave();
        resolve(this.#begin(key, caller));
      },
    };
    caller.waiting.add(waiting);
    this.#waiting += 1;
    return promise;
  }

  #callerOf(key: string): Caller {
    const known = this.#callers.get(key);
    if (known !== undefined) return known;
    const caller = { running: 0, waiting: new Set<Waiting>() };
    this.#callers.set(key, caller);
    return caller;
  }

  #hasRoom(caller: Caller): boolean {
    return this.#running < this.#settings.maxRunning && caller.running < this.#settings.maxRunningPerCaller;
  }

  #begin(key: string, caller: Caller): Release {
    this.#running += 1;
    caller.running += 1;
    let isRunning = true;
    return () => {
      if (!isRunning) return;
      isRunning = false;
      this.#running -= 1;
      caller.running -= 1;
      this.#forgetIdle(key, caller);
      if (this.#waiting > 0) this.#startNext();
    };
  }

  #startNext(): void {
    for (const [key, caller] of this.#callers) {
      const [next] = caller.waiting;
      if (next === undefined || !this.#hasRoom(caller)) continue;
      // Behind all others until its next turn.
      this.#callers.delete(key);
      this.#callers.set(key, caller);
      return next.start();
    }
  }

  #forgetIdle(key: string, caller: Caller): void {
    if (caller.running === 0 && caller.waiting.size === 0) this.#callers.delete(key);
  }
}
