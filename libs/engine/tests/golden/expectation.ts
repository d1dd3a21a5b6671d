import type { JsonObject, MemoryRun, RecordedError, RunEvent, StepView } from '@ia-modules/engine';
import { describesEvent } from './event-label.ts';
import type { Expectation, ExpectedEvent, ExpectedStep } from './golden-case.ts';

type Outcome = { readonly run: MemoryRun; readonly events: readonly RunEvent[] };

/** What an expectation says, in the form that {@link observe} gives. */
export const spellOut = ({ events: _events, ...expected }: Expectation): JsonObject => ({
  ...expected,
  error: expected.error ?? null,
  waiting: expected.waiting ?? [],
  steps: Object.fromEntries(Object.entries(expected.steps).map(([id, step]) => [id, asStep(step)])),
});

/** What came of a run, cut down to what its expectation speaks of. */
export const observe = (expected: Expectation, { run, events }: Outcome): JsonObject => {
  const { view } = run;
  return {
    status: view.status,
    ...('outputs' in expected ? { outputs: view.outputs } : {}),
    error: view.error?.code ?? null,
    waiting: run.waiting.map((wait, index) => pick(wait, expected.waiting?.[index])),
    steps: Object.fromEntries(Object.values(view.steps).map((step) => [step.id, observeStep(step, expected)])),
    ...('compensations' in expected ? { compensations: observeCompensations(events.at(-1)) } : {}),
  };
};

const asStep = (step: Expectation['steps'][string]): ExpectedStep =>
  typeof step === 'string' ? { status: step } : step;

const pick = (value: JsonObject, like: JsonObject | undefined): JsonObject =>
  like === undefined ? value : Object.fromEntries(Object.keys(like).map((key) => [key, value[key] ?? null]));

const observeStep = (view: StepView, { steps }: Expectation): JsonObject => {
  const { status, output, error, attempts, iterations } = view;
  const facts = { status, output, error: error?.code ?? null, attempts, iterations };
  return pick(facts, asStep(steps[view.id] ?? 'pending'));
};

const observeCompensations = (last: RunEvent | undefined): JsonObject[] => {
  if (last?.type !== 'run_failed' && last?.type !== 'run_canceled') return [];
  return (last.data.compensations ?? []).map(({ error, ...compensation }) => ({
    ...compensation,
    ...codeOf(error),
  }));
};

const codeOf = (error: RecordedError | undefined): JsonObject => (error === undefined ? {} : { error: error.code });

/** The first expected event that does not follow those before it; undefined when all do. */
export const findMissingEvent = (
  expected: readonly ExpectedEvent[],
  events: readonly RunEvent[],
): ExpectedEvent | undefined => {
  let position = 0;
  return expected.find((wanted) => {
    const offset = events.slice(position).findIndex((event) => isWanted(wanted, event));
    position += offset + 1;
    return offset === -1;
  });
};

const isWanted = (wanted: ExpectedEvent, event: RunEvent): boolean =>
  typeof wanted === 'string'
    ? describesEvent(wanted, event)
    : describesEvent(wanted.event, event) && contains(event.data, wanted.data);

/** Whether `value` has all that `part` has, to any depth; lists are equal as a whole. */
const contains = (value: unknown, part: unknown): boolean => {
  if (typeof part !== 'object' || part === null || typeof value !== 'object' || value === null) return value === part;
  if (Array.isArray(part) && (!Array.isArray(value) || value.length !== part.length)) return false;
  return Object.entries(part).every(([key, wanted]) => contains((value as JsonObject)[key], wanted));
};
