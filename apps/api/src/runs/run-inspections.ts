import { setImmediate } from 'node:timers/promises';
import { inspectRun, type RunEvent, type RunInspection } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { RunHistory } from './run-history.ts';

/** Many times the log of an ordinary run: looking at one moment is always possible. */
const MAX_REPLAYED_EVENTS = 500_000;

/**
 * Looks into runs for one operation. To see a moment its log is replayed up to there: each moment once, only so many of them, and
 * others get their turn in between.
 */
export class RunInspections {
  readonly #moments = new WeakMap<readonly RunEvent[], Map<number, Promise<RunInspection>>>();
  #replayed = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param count how many of the run's events have happened
   * @throws PlatformError IA_API_LIMIT when the operation looks at too much
   */
  at(history: RunHistory, count: number): Promise<RunInspection> {
    const moments = this.#momentsOf(history.events);
    const known = moments.get(count);
    if (known !== undefined) return known;
    this.#spend(count);
    const inspection = this.#inTurn(() => inspectRun(history.plan, history.events.slice(0, count)));
    moments.set(count, inspection);
    return inspection;
  }

  #momentsOf(events: readonly RunEvent[]): Map<number, Promise<RunInspection>> {
    const known = this.#moments.get(events) ?? new Map<number, Promise<RunInspection>>();
    this.#moments.set(events, known);
    return known;
  }

  #spend(count: number): void {
    const isFirst = this.#replayed === 0;
    this.#replayed += count;
    if (isFirst || this.#replayed <= MAX_REPLAYED_EVENTS) return;
    throw new PlatformError({
      code: 'IA_API_LIMIT',
      message: `To show these moments, more than ${MAX_REPLAYED_EVENTS} events would have to be replayed.`,
      hint: 'Look at fewer moments at once.',
    });
  }

  async #inTurn(inspect: () => RunInspection): Promise<RunInspection> {
    const turn = this.#turn.then(() => setImmediate()).then(inspect);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
