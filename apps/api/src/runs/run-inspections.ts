import { setImmediate } from 'node:timers/promises';
import { inspectRun, type Plan, type RunEvent, type RunInspection } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';

/** Many times the log of an ordinary run: looking at one moment is always possible. */
const MAX_REPLAYED_EVENTS = 500_000;

type Replayable = { readonly plan: Plan; readonly events: readonly RunEvent[] };

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
  at({ plan, events }: Replayable, count: number): Promise<RunInspection> {
    const moments = this.#momentsOf(events);
    const known = moments.get(count);
    if (known !== undefined) return known;
    this.#spend(count);
    const inspection = this.#inTurn(() => inspectRun(plan, events.slice(0, count)));
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
