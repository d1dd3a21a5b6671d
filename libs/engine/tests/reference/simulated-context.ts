import {
  activityKey,
  timeoutError,
  type DurableContext,
  type Json,
  type EventDraft,
  type RecordedError,
  type RunEvent,
  type Settled,
  type TaskKey,
  type TaskRequest,
} from '@ia-modules/engine';
import { decisionOf, outcomeOf, type ReferenceCase } from './reference-case.ts';

type Due = { readonly key: TaskKey; readonly at: number; readonly settled: Settled };
type Slot = { readonly holders: Set<TaskKey>; readonly queue: TaskKey[]; readonly limit: number };

/** Something that comes in from outside. */
export type TimedSettlement = { readonly at: number; readonly settled: Settled };

/** Nothing more will ever settle: what the run waits for must come from outside. */
export class NothingLeftError extends Error {}

/** The run writes more than any that ends by itself would, or than a test has time for. */
export class TooLongError extends Error {}

const MAX_EVENTS = 10_000;

/** A context in virtual time where attempts come to what a script says, and settle in the order of their durations. */
export class SimulatedContext implements DurableContext {
  readonly runId = 'run';
  readonly seed = 7;
  readonly events: RunEvent[] = [];
  /** What has settled so far, in order. */
  readonly settlements: TimedSettlement[] = [];
  readonly #script: ReferenceCase['script'];
  readonly #slots = new Map<string, Slot>();
  /** What attempts are called in the script that somebody is asked about when they are lost. */
  readonly #asked = new Map<TaskKey, string>();
  #due: Due[] = [];
  #now = 0;

  constructor(script: ReferenceCase['script'], fromOutside: readonly TimedSettlement[] = []) {
    this.#script = script;
    for (const { at, settled } of fromOutside) this.#settleAt(at, '', settled);
  }

  now(): number {
    return this.#now;
  }

  emit(events: readonly EventDraft[]): void {
    if (this.events.length > MAX_EVENTS) throw new TooLongError();
    for (const event of events) {
      this.events.push({ ...event, runId: this.runId, seq: this.events.length + 1, at: this.#now });
      if (event.type === 'task_unknown') this.#decideAbout(event);
    }
  }

  /** Whoever is asked what became of an attempt answers after a while. */
  #decideAbout({ stepId = '', iteration = '', index = '', attempt = 1, part }: EventDraft): void {
    const key = `${activityKey(stepId, iteration, index)}@${attempt}${part === undefined ? '' : `:${part}`}`;
    const script = this.#asked.get(key);
    if (script === undefined) return;
    const { decision, output, delayMs } = decisionOf({ script, iteration, index, attempt });
    this.#settleAt(this.#now + delayMs, '', { kind: 'effect_decided', key, decision, output, by: 'ann' });
  }

  task(request: TaskRequest): void {
    const { key, kind, stepId, iteration, index, attempt, timeoutMs } = request;
    const script = kind === 'compensation' ? `${stepId}:compensate` : stepId;
    const outcome = outcomeOf(this.#script, { script, iteration, index, attempt });
    const costUsd = outcome.effort;
    if (request.onUnknown === 'ask') this.#asked.set(key, script);
    if (request.onUnknown !== 'repeat') this.#settleAt(this.#now, key, { kind: 'task_started', key });
    if (timeoutMs !== null && outcome.durationMs > timeoutMs) {
      this.#settleAt(this.#now + timeoutMs, key, { kind: 'task_failed', key, error: timeoutError(request) });
    } else if ('output' in outcome) {
      const output = toOutput(kind, outcome.output);
      this.#settleAt(this.#now + outcome.durationMs, key, { kind: 'task_succeeded', key, output, costUsd });
    } else if ('lost' in outcome && outcome.lost === 'worker') {
      this.#settleAt(this.#now + outcome.durationMs, key, { kind: 'task_unknown', key });
    } else {
      const error = 'lost' in outcome ? LOST : toRecorded(outcome.error);
      this.#settleAt(this.#now + outcome.durationMs, key, { kind: 'task_failed', key, error, costUsd });
    }
  }

  /** A sub-pipeline is one attempt here. */
  child({ key, stepId }: Parameters<DurableContext['child']>[0]): void {
    const outcome = outcomeOf(this.#script, { script: stepId, iteration: '', index: '', attempt: 1 });
    const settled: Settled =
      'output' in outcome
        ? { kind: 'task_succeeded', key, output: { n: outcome.output } }
        : { kind: 'task_failed', key, error: 'lost' in outcome ? LOST : toRecorded(outcome.error) };
    this.#settleAt(this.#now + outcome.durationMs, key, settled);
  }

  cancelTask(key: TaskKey): void {
    this.#due = this.#due.filter((due) => due.key !== key || due.settled.kind.startsWith('slot_'));
  }

  timer(key: TaskKey, fireAt: number): void {
    this.#settleAt(fireAt, key, { kind: 'timer_fired', key });
  }

  cancelTimer(key: TaskKey): void {
    this.cancelTask(key);
  }

  acquire({ key, slot: name, limit }: { readonly key: TaskKey; readonly slot: string; readonly limit: number }): void {
    const slot = this.#slots.get(name) ?? { holders: new Set(), queue: [], limit };
    this.#slots.set(name, slot);
    slot.queue.push(key);
    this.#grant(slot);
    if (!slot.holders.has(key)) this.#settleAt(this.#now, key, { kind: 'slot_delayed', key });
  }

  release(key: TaskKey): void {
    this.#due = this.#due.filter((due) => due.key !== key || !due.settled.kind.startsWith('slot_'));
    for (const slot of this.#slots.values()) {
      slot.holders.delete(key);
      const place = slot.queue.indexOf(key);
      if (place >= 0) slot.queue.splice(place, 1);
      this.#grant(slot);
    }
  }

  consult({ key, context }: { readonly key: TaskKey; readonly context: string }): void {
    this.#settleAt(this.#now, key, { kind: 'router_consulted', key, context, arms: {} });
  }

  /** Routers learn nothing here. */
  reward(): void {}

  next(): Promise<Settled> {
    if (this.#due.length === 0) return Promise.reject(new NothingLeftError());
    const next = this.#due.reduce((first, other) => (other.at < first.at ? other : first));
    this.#due = this.#due.filter((due) => due !== next);
    this.#now = Math.max(this.#now, next.at);
    this.settlements.push({ at: this.#now, settled: next.settled });
    return Promise.resolve(next.settled);
  }

  #grant(slot: Slot): void {
    while (slot.holders.size < slot.limit) {
      const key = slot.queue.shift();
      if (key === undefined) return;
      slot.holders.add(key);
      this.#settleAt(this.#now, key, { kind: 'slot_acquired', key });
    }
  }

  #settleAt(at: number, key: TaskKey, settled: Settled): void {
    this.#due.push({ key, at, settled });
  }
}

/** Validators and conditions say whether the number is even. */
const toOutput = (kind: TaskRequest['kind'], output: Json): Json =>
  kind === 'validator' || kind === 'condition' ? Number(output) % 2 === 0 : output;

const LOST: RecordedError = {
  name: 'Error',
  code: 'IA_TASK_FAILED',
  message: 'As the script says.',
  retryable: true,
  details: { outcome: 'unknown' },
};

const toRecorded = ({ name, retryable }: { readonly name: string; readonly retryable: boolean }): RecordedError => ({
  name,
  code: 'IA_TASK_FAILED',
  message: 'As the script says.',
  retryable,
});
