import type { ChildRequest, RouterQuery, RouterReward, SlotRequest, TaskRequest } from '../ports/durable-context.ts';
import type { EventData, EventDraft, EventType } from './events.ts';
import { evolve } from './evolve.ts';
import { activityKey, idempotencyKeyOf, taskKey, type Place } from './keys.ts';
import type { Plan, PlanStep } from './plan.ts';
import { iterationOf, type Activity, type RunState } from './state.ts';

/** What shall happen outside, once the events before it are recorded. */
export type Effect =
  | { readonly kind: 'task'; readonly request: TaskRequest }
  | { readonly kind: 'child'; readonly request: ChildRequest }
  | { readonly kind: 'timer'; readonly key: string; readonly fireAt: number }
  | { readonly kind: 'acquire'; readonly request: SlotRequest }
  | { readonly kind: 'release'; readonly key: string }
  | { readonly kind: 'consult'; readonly query: RouterQuery }
  | { readonly kind: 'reward'; readonly reward: RouterReward }
  | { readonly kind: 'cancel_task'; readonly key: string }
  | { readonly kind: 'cancel_timer'; readonly key: string };

/** The facts of a run that its events do not carry, the same on every replay. */
export type RunFacts = { readonly runId: string; readonly seed: number; readonly now: number };

/** One attempt at something of a place. What is left out: no secrets, no limit, no cache, the step's own work. */
export type TaskCall = Pick<TaskRequest, 'kind' | 'uses' | 'input' | 'attempt'> &
  Partial<Pick<TaskRequest, 'secrets' | 'timeoutMs' | 'cache'>> & { readonly part?: string | undefined };

export type Decision = { readonly events: EventDraft[]; readonly effects: Effect[] };

/** A step's own work and what undoes it; everything else may be asked again. */
const hasEffect = (kind: TaskRequest['kind']): boolean => kind === 'step' || kind === 'compensation';

/** What shows that a run which waited goes on. */
const PROGRESS: ReadonlySet<EventType> = new Set([
  'fork_reached',
  'task_scheduled',
  'task_retry_scheduled',
  'step_succeeded',
  'step_failed',
  'step_skipped',
  'routing_started',
  'map_started',
  'item_succeeded',
  'item_failed',
  'loop_iterated',
  'loop_ended',
  'slot_requested',
  'run_ending',
  'compensation_succeeded',
  'compensation_failed',
]);

/** A hook is no work of the run: one that hears of a wait does not end it. */
const isProgress = ({ type, part }: EventDraft): boolean => PROGRESS.has(type) && part?.startsWith('hook/') !== true;

/** One decision in the making: each recorded event changes the state at once, so that what follows builds on it. */
export class Turn {
  readonly plan: Plan;
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly events: EventDraft[] = [];
  readonly effects: Effect[] = [];
  /** Maps of which an item has ended, or which may begin more. */
  readonly maps = new Set<Activity>();
  /** Hears every event that is recorded: hooks are called from here. */
  #onRecord: ((turn: Turn, event: EventDraft) => void) | undefined;

  constructor(plan: Plan, state: RunState, facts: RunFacts) {
    this.plan = plan;
    this.state = state;
    this.facts = facts;
  }

  set onRecord(listener: (turn: Turn, event: EventDraft) => void) {
    this.#onRecord = listener;
  }

  record(event: EventDraft): void {
    if (this.state.status === 'waiting' && isProgress(event)) this.record({ type: 'run_resumed', data: {} });
    this.events.push(event);
    evolve(this.plan, this.state, event, this.facts.now);
    this.#onRecord?.(this, event);
  }

  /** Records an event at a place of the run. */
  recordAt<T extends EventType>(
    place: Place,
    type: T,
    {
      data,
      attempt,
      part,
    }: { readonly data: EventData[T]; readonly attempt?: number; readonly part?: string | undefined },
  ): void {
    const event: Record<string, unknown> = { type, stepId: this.plan.stepIds[place.step] ?? '' };
    if (place.iteration !== '') event['iteration'] = place.iteration;
    if (place.index !== '') event['index'] = place.index;
    if (attempt !== undefined) event['attempt'] = attempt;
    if (part !== undefined) event['part'] = part;
    event['data'] = data;
    this.record(event as unknown as EventDraft);
  }

  /** Schedules an attempt: it is recorded, and handed to the executor after that. */
  dispatch(place: Place, call: TaskCall): void {
    const { kind, uses, input, attempt, part, secrets = [], timeoutMs = null, cache = null } = call;
    this.recordAt(place, 'task_scheduled', { attempt, part, data: { uses, input } });
    this.effects.push({
      kind: 'task',
      request: {
        key: taskKey(this.keyOf(place), attempt, part),
        kind,
        stepId: this.step(place).id,
        iteration: place.iteration,
        index: place.index,
        uses,
        input,
        secrets,
        attempt,
        idempotencyKey: this.idempotencyKey(place, part),
        timeoutMs,
        cache,
        onUnknown: hasEffect(kind) ? this.step(place).onUnknown : 'repeat',
      },
    });
  }

  step(place: Place): PlanStep {
    const step = this.plan.steps[place.step];
    if (step === undefined) throw new RangeError(`The plan has no step ${place.step}.`);
    return step;
  }

  /** The place of a step as a whole, in the iteration that is under way. */
  place(step: number): Place {
    return { step, iteration: iterationOf(this.plan, this.state, step), index: '' };
  }

  activity(place: Place): Activity | undefined {
    return this.state.activities.get(this.keyOf(place));
  }

  keyOf({ step, iteration, index }: Place): string {
    return activityKey(this.plan.stepIds[step] ?? '', iteration, index);
  }

  idempotencyKey({ step, iteration, index }: Place, part?: string): string {
    return idempotencyKeyOf({
      runId: this.facts.runId,
      stepId: this.plan.stepIds[step] ?? '',
      iteration,
      index,
      part,
    });
  }
}
