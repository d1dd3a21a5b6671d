import type { Json, PipelineDefinition } from '@ia-modules/engine';

/** What an attempt comes to, and about how long it takes: more effort always takes longer. */
export type Outcome = { readonly effort: number } & (
  | { readonly output: Json }
  | { readonly error: { readonly name: string; readonly retryable: boolean } }
  /** Nobody knows what became of it: a failure says so, or its worker is gone. */
  | { readonly lost: 'failure' | 'worker' }
);

/** A pipeline, and what the attempts of its steps come to; what compensates a step stands under `<id>:compensate`. */
export type ReferenceCase = {
  readonly definition: PipelineDefinition;
  readonly script: Readonly<Record<string, readonly Outcome[]>>;
  /** When somebody cancels the run. */
  readonly cancelAtMs?: number;
};

export type Attempt = {
  readonly script: string;
  readonly iteration: string;
  readonly index: string;
  readonly attempt: number;
};
export type TimedOutcome = Outcome & { readonly durationMs: number };

/** Durations differ in their lower digits: no two things that go on at once end at the same time. */
export const EFFORT_MS = 2 ** 30;
/** Workers are not lost for ever: what is repeated without counting has to end. */
const MAX_LOST = 3;
const DEFAULT_OUTCOME: Outcome = { effort: 1, output: null };

/** The world as both interpreters meet it. Outcomes take turns: with each attempt, iteration and item comes the next one. */
export const outcomeOf = (script: ReferenceCase['script'], work: Attempt): TimedOutcome => {
  const outcomes = script[work.script] ?? [];
  const turn = sumOf(work.iteration) - (work.iteration === '' ? 0 : 1) + sumOf(work.index) + work.attempt - 1;
  const scripted = outcomes[turn % Math.max(1, outcomes.length)] ?? DEFAULT_OUTCOME;
  const outcome =
    'lost' in scripted && work.attempt > MAX_LOST ? { ...DEFAULT_OUTCOME, effort: scripted.effort } : scripted;
  const key = `${work.script}#${work.iteration}/${work.index}@${work.attempt}`;
  return { ...outcome, durationMs: outcome.effort * EFFORT_MS + hashOf(key) };
};

/** What somebody says of an attempt that was lost, and how long that takes. */
export const decisionOf = ({ script, iteration, index, attempt }: Attempt) => {
  const hash = hashOf(`${script}#${iteration}/${index}@${attempt}:decision`);
  const decision = (['repeat', 'confirm', 'fail'] as const)[hash % 3] ?? 'fail';
  return { decision, output: hash % 10, delayMs: EFFORT_MS + hash } as const;
};

const sumOf = (path: string): number =>
  path === '' ? 0 : path.split('.').reduce((sum, part) => sum + Number(part), 0);

/** A number below 2^30 that depends on the text alone (FNV-1a, then murmur's finalizer). */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  return ((hash ^ (hash >>> 13)) >>> 2) + 1;
};
