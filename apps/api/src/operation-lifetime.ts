import { PlatformError } from '@ia-modules/plugin-sdk';

/** `done`: nothing more is to begin, as the answer is there already. */
export type EndReason = 'timeout' | 'gone' | 'done';

const timedOut = (timeoutMs: number): PlatformError =>
  new PlatformError({
    code: 'IA_API_TIMEOUT',
    message: `The operation took longer than ${timeoutMs / 1_000} seconds.`,
    hint: 'Ask for less at once: fewer nodes, or fewer levels.',
    fault: 'user',
    disposition: 'retry',
  });

const noLonger = (): PlatformError =>
  new PlatformError({ code: 'IA_API_TIMEOUT', message: 'Nobody waits for the operation any more.', fault: 'user' });

/** How long an operation may go on: until its deadline, or until whoever asked is gone. */
export class OperationLifetime {
  readonly #timeoutMs: number | null;
  readonly #deadlineMs: number;
  readonly #onEnd: (() => void)[] = [];
  #timer: NodeJS.Timeout | null;
  #controller: AbortController | null = null;
  #end: PlatformError | null = null;

  /** @param timeoutMs null for work that may take as long as it likes */
  constructor(timeoutMs: number | null) {
    this.#timeoutMs = timeoutMs;
    this.#deadlineMs = performance.now() + (timeoutMs ?? 0);
    this.#timer = timeoutMs === null ? null : setTimeout(() => this.end('timeout'), timeoutMs);
  }

  /** Made when somebody asks for it: most operations need none. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#end !== null) this.#controller.abort(this.#end);
    return this.#controller.signal;
  }

  /** How long a statement of the database may still take; undefined once there is no deadline. */
  get statementTimeoutMs(): number | undefined {
    return this.#timer === null ? undefined : Math.max(1, this.#deadlineMs - performance.now());
  }

  get error(): PlatformError | null {
    return this.#end;
  }

  /** Told when time is over or whoever asked is gone, not when everything is done. */
  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  /** @throws PlatformError IA_API_TIMEOUT once the operation is to do nothing more */
  throwIfEnded(): void {
    if (this.#end !== null) throw this.#end;
  }

  /** From here on only the client ends it: a subscription has begun, or everything is done. */
  settle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  end(reason: EndReason): void {
    if (this.#end !== null) return;
    this.settle();
    this.#end = reason === 'timeout' ? timedOut(this.#timeoutMs ?? 0) : noLonger();
    this.#controller?.abort(this.#end);
    if (reason === 'done') return;
    for (const listener of this.#onEnd) listener();
  }
}
