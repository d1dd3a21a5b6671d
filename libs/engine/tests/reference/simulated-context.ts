import {
  timeoutError,
  type DurableContext,
  type EventDraft,
  type RecordedError,
  type RunEvent,
  type Settled,
  type TaskKey,
  type TaskRequest,
} from '@ia-modules/engine';
import { outcomeOf, type ReferenceCase } from './reference-case.ts';

type Due = { readonly key: TaskKey; readonly at: number; readonly settled: Settled };
type Slot = { readonly holders: Set<TaskKey>; readonly queue: TaskKey[]; readonly limit: number };

/** A context in virtual time where attempts come to what a script says, and settle in the order of their durations. */
export class SimulatedContext implements DurableContext {
  readonly runId = 'run';
  readonly seed = 7;
  readonly events: RunEvent[] = [];
  readonly #script: ReferenceCase['script'];
  readonly #slots = new Map<string, Slot>();
  #due: Due[] = [];
  #now = 0;

  constructor(script: ReferenceCase['script']) {
    this.#script = script;
  }

  now(): number {
    return this.#now;
  }

  emit(events: readonly EventDraft[]): void {
    for (const event of events) {
      this.events.push({ ...event, runId: this.runId, seq: this.events.length + 1, at: this.#now });
    }
  }

  task(request: TaskRequest): void {
    const { key, kind, stepId, iteration, index, attempt, timeoutMs } = request;
    const script = kind === 'compensation' ? `${stepId}:compensate` : stepId;
    const outcome = outcomeOf(this.#script, { script, iteration, index, attempt });
    const limitMs = timeoutMs ?? Infinity;
    const settled: Settled =
      outcome.durationMs > limitMs
        ? { kind: 'task_failed', key, error: timeoutError(request) }
        : 'output' in outcome
          ? { kind: 'task_succeeded', key, output: outcome.output }
          : { kind: 'task_failed', key, error: scriptedError(outcome.error) };
    this.#settleAt(this.#now + Math.min(outcome.durationMs, limitMs), { key, settled });
  }

  child(): void {
    throw new Error('Nothing here has sub-pipelines.');
  }

  cancelTask(key: TaskKey): void {
    this.#due = this.#due.filter((due) => due.key !== key);
  }

  timer(key: TaskKey, fireAt: number): void {
    this.#settleAt(fireAt, { key, settled: { kind: 'timer_fired', key } });
  }

  cancelTimer(key: TaskKey): void {
    this.cancelTask(key);
  }

  acquire({ key, slot: name, limit }: { readonly key: TaskKey; readonly slot: string; readonly limit: number }): void {
    const slot = this.#slots.get(name) ?? { holders: new Set(), queue: [], limit };
    this.#slots.set(name, slot);
    slot.queue.push(key);
    this.#grant(slot);
  }

  release(key: TaskKey): void {
    this.#due = this.#due.filter((due) => due.key !== key || due.settled.kind !== 'slot_acquired');
    for (const slot of this.#slots.values()) {
      slot.holders.delete(key);
      const place = slot.queue.indexOf(key);
      if (place >= 0) slot.queue.splice(place, 1);
      this.#grant(slot);
    }
  }

  consult(): void {
    throw new Error('Nothing here has adaptive routers.');
  }

  reward(): void {
    this.consult();
  }

  next(): Promise<Settled> {
    if (this.#due.length === 0) return Promise.reject(new Error('The run waits for nothing.'));
    const next = this.#due.reduce((first, other) => (other.at < first.at ? other : first));
    this.#due = this.#due.filter((due) => due !== next);
    this.#now = Math.max(this.#now, next.at);
    return Promise.resolve(next.settled);
  }

  #grant(slot: Slot): void {
    while (slot.holders.size < slot.limit) {
      const key = slot.queue.shift();
      if (key === undefined) return;
      slot.holders.add(key);
      this.#settleAt(this.#now, { key, settled: { kind: 'slot_acquired', key } });
    }
  }

  #settleAt(at: number, { key, settled }: Omit<Due, 'at'>): void {
    this.#due.push({ key, at, settled });
  }
}

const scriptedError = ({ name, retryable }: { readonly name: string; readonly retryable: boolean }): RecordedError => ({
  name,
  code: 'IA_TASK_FAILED',
  message: 'As the script says.',
  retryable,
});
