import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  compilePipeline,
  projectRun,
  runInMemory,
  validatePipeline,
  type Json,
  type JsonObject,
  type RecordedError,
  type RunEvent,
  type TaskExecutor,
} from '@ia-modules/engine';
import { replayLog } from '@ia-modules/engine/testing';
import { createRunState, stepStatus } from '../src/run/state.ts';
import { evolve } from '../src/run/evolve.ts';

type Outcome = 'hang' | { readonly output: Json } | { readonly error: RecordedError };
type GoldenCase = {
  readonly ruling: string;
  readonly definition: JsonObject;
  readonly parameters: JsonObject;
  /** What each attempt of a step comes to. */
  readonly tasks: Readonly<Record<string, readonly Outcome[]>>;
};

const FOLDER = new URL('../golden/', import.meta.url);
const SEED = 42;
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.case.json'))
  .map((file) => file.replace('.case.json', ''));

const readCase = (name: string): GoldenCase =>
  JSON.parse(readFileSync(new URL(`${name}.case.json`, FOLDER), 'utf8')) as GoldenCase;

class TaskError extends Error {
  readonly retryable: boolean;
  constructor({ name, message, retryable }: RecordedError) {
    super(message);
    this.name = name;
    this.retryable = retryable;
  }
}

const createExecutor = (tasks: GoldenCase['tasks']): TaskExecutor => ({
  execute: ({ stepId, attempt }) => {
    const outcome = tasks[stepId]?.[attempt - 1];
    if (outcome === undefined) return Promise.reject(new Error(`Attempt ${attempt} of ${stepId} was not expected.`));
    if (outcome === 'hang') return new Promise<Json>(() => {});
    return 'output' in outcome ? Promise.resolve(outcome.output) : Promise.reject(new TaskError(outcome.error));
  },
});

const record = async ({ definition: value, parameters, tasks }: GoldenCase) => {
  const { definition, diagnostics } = validatePipeline(value);
  if (definition === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const plan = compilePipeline(definition);
  const events: RunEvent[] = [];
  const run = await runInMemory({
    plan,
    parameters,
    executor: createExecutor(tasks),
    clock: 'virtual',
    runId: 'golden',
    seed: SEED,
    onEvent: (event) => events.push(event),
  });
  return { plan, events, run };
};

const print = (events: readonly RunEvent[]): string =>
  `[\n${events.map((event) => `  ${JSON.stringify(event)}`).join(',\n')}\n]\n`;

describe.each(names)('golden pipeline %s', (name) => {
  const golden = readCase(name);

  it(`writes its log: ${golden.ruling}`, async () => {
    const { events } = await record(golden);
    await expect(print(events)).toMatchFileSnapshot(new URL(`${name}.log.json`, FOLDER).pathname);
  });

  it('writes the same log when it is replayed from it', async () => {
    const { plan, events } = await record(golden);
    const replayed = await replayLog(plan, events, SEED);
    expect(replayed).toEqual(events.map(({ runId: _runId, seq: _seq, at: _at, ...draft }) => draft));
  });

  it('comes to the same state when the log is folded', async () => {
    const { plan, events, run } = await record(golden);
    const state = createRunState(plan);
    for (const event of events) evolve(plan, state, event, event.at);
    expect(state.status).toBe(run.view.status);
    expect(state.outstanding.size).toBe(0);
    for (const [index, id] of plan.stepIds.entries()) {
      const status = stepStatus(state, index);
      expect(status === 'pending' ? 'skipped' : status).toBe(run.view.steps[id]?.status);
    }
    expect(projectRun(events, plan)).toEqual(run.view);
  });
});
