import type { TaskRequest } from '../ports/durable-context.ts';
import type { EventDraft } from './events.ts';
import { evolve } from './evolve.ts';
import type { Plan } from './plan.ts';
import type { RunState } from './state.ts';

/** What shall happen outside, once the events before it are recorded. */
export type Effect =
  | { readonly kind: 'task'; readonly request: TaskRequest }
  | { readonly kind: 'timer'; readonly key: string; readonly fireAt: number }
  | { readonly kind: 'cancel_task'; readonly key: string }
  | { readonly kind: 'cancel_timer'; readonly key: string };

/** The facts of a run that its events do not carry, the same on every replay. */
export type RunFacts = { readonly runId: string; readonly seed: number; readonly now: number };

export type Decision = { readonly events: EventDraft[]; readonly effects: Effect[] };

/** One decision in the making: each recorded event changes the state at once, so that what follows builds on it. */
export class Turn {
  readonly plan: Plan;
  readonly state: RunState;
  readonly facts: RunFacts;
  readonly events: EventDraft[] = [];
  readonly effects: Effect[] = [];

  constructor(plan: Plan, state: RunState, facts: RunFacts) {
    this.plan = plan;
    this.state = state;
    this.facts = facts;
  }

  record(event: EventDraft): void {
    this.events.push(event);
    evolve(this.plan, this.state, event, this.facts.now);
  }
}
