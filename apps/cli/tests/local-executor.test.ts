import { fileURLToPath } from 'node:url';
import {
  createServiceRegistry,
  defineService,
  type Json,
  type ServiceRegistry,
  type TaskExecutor,
  type TaskRequest,
} from '@ia-modules/engine';
import { describe, expect, it } from 'vitest';
import { createLocalExecutor } from '../src/steps/local-executor.ts';
import { callsIn } from './calls-in.ts';
import { createFolder } from './run-command.ts';

const SDK = fileURLToPath(new URL('../../../libs/plugin-sdk/src/index.ts', import.meta.url));

const MODULES = {
  'kinds.ts': `
    export const trim = ({ value }) => value.trim();
    export class Short { async execute({ value, config }) { return value.length > config.max ? { valid: false, errors: [{ message: 'long' }] } : true; } }
    export const isLarge = { run: ({ config, parameters }) => ({ holds: parameters.n > config.than }) };
    export const seen = [];
    export const notify = ({ event }) => { seen.push(event.type); };
    export default (input) => ({ default: input });
    export class Counter { count = 0; run() { return ++this.count; } }
    export class Silent {}
    export const five = 5;
    export const costly = (_input, { cost }) => { cost(0.5); cost(0.25); };
    export const wrong = (_input, { cost }) => cost(Number.NaN);
  `,
  'common.cjs': `module.exports = Object.assign(() => 'default', { named: () => 'named' });`,
  'plugin.ts': `import { definePlugin, defineStep } from '${SDK}';
    const greet = defineStep({ name: 'greet', input: {}, output: {}, run: ({ name }) => 'Hello ' + name });
    export default definePlugin({ steps: [greet] });`,
  'object.ts': `import { defineStep } from '${SDK}';
    export const greet = defineStep({ name: 'greet', input: {}, output: {}, run: ({ name }) => 'Hi ' + name });`,
};

const requestOf = (change: Partial<TaskRequest>): TaskRequest => ({
  key: 'a#/',
  kind: 'step',
  stepId: 'a',
  iteration: '',
  index: '',
  uses: './kinds.ts#trim',
  input: {},
  secrets: [],
  attempt: 1,
  idempotencyKey: 'run/a',
  timeoutMs: null,
  cache: null,
  onUnknown: 'repeat',
  ...change,
});

type Made = { readonly output: Promise<Json>; readonly costs: readonly number[] };

const make = (executor: TaskExecutor, change: Partial<TaskRequest>): Made => {
  const costs: number[] = [];
  const output = executor.execute(requestOf(change), {
    signal: new AbortController().signal,
    emitStarted: () => Promise.resolve(),
    addCost: (usd) => costs.push(usd),
    log: () => {},
  });
  return { output, costs };
};

describe('local modules', () => {
  it.each<[TaskRequest['kind'], string, Json, Json]>([
    ['transform', './kinds.ts#trim', { value: ' a ', config: {} }, 'a'],
    ['validator', './kinds.ts#Short', { value: 'abc', config: { max: 3 } }, true],
    [
      'validator',
      './kinds.ts#Short',
      { value: 'abcd', config: { max: 3 } },
      { valid: false, errors: [{ message: 'long' }] },
    ],
    ['condition', './kinds.ts#isLarge', { config: { than: 3 }, parameters: { n: 4 }, step: {} }, { holds: true }],
    ['hook', './kinds.ts#notify', { event: { type: 'run_succeeded', data: {} }, config: {} }, null],
    ['compensation', './kinds.ts#default', { id: 7 }, { default: { id: 7 } }],
    ['step', './common.cjs#named', {}, 'named'],
    ['step', './common.cjs#default', {}, 'default'],
    ['step', './plugin.ts#greet', { name: 'Ada' }, 'Hello Ada'],
    ['step', './object.ts#greet', { name: 'Ada' }, 'Hi Ada'],
  ])('make a %s: %s', async (kind, uses, input, output) => {
    await using folder = await createFolder(MODULES);
    const executor = createLocalExecutor({ directory: folder.path, calls: callsIn(folder.path), log: () => {} });
    expect(await make(executor, { kind, uses, input }).output).toEqual(output);
  });

  it('instantiate a class for each attempt', async () => {
    await using folder = await createFolder(MODULES);
    const executor = createLocalExecutor({ directory: folder.path, calls: callsIn(folder.path), log: () => {} });
    const attempts = [1, 2].map((attempt) => make(executor, { uses: './kinds.ts#Counter', attempt }).output);
    expect(await Promise.all(attempts)).toEqual([1, 1]);
  });

  it('report what they cost', async () => {
    await using folder = await createFolder(MODULES);
    const executor = createLocalExecutor({ directory: folder.path, calls: callsIn(folder.path), log: () => {} });
    const costly = make(executor, { uses: './kinds.ts#costly' });
    await costly.output;
    expect(costly.costs).toEqual([0.5, 0.25]);
    const wrong = make(executor, { uses: './kinds.ts#wrong' });
    await expect(wrong.output).rejects.toThrow(RangeError);
  });

  it.each([
    ['./kinds.ts#five', "exports no 'five' that is a function"],
    ['./kinds.ts#nothing', "exports no 'nothing'"],
    ['./kinds.ts#Silent', 'has neither run nor execute'],
    ['./plugin.ts#part', "exports no 'part'"],
    ['./nowhere.ts#x', 'can not be loaded: Cannot find module'],
    ['@community/weather#forecast', 'can not run on the command line'],
    ['nothing.unknown', 'can not run on the command line'],
  ])('are refused: %s', async (uses, message) => {
    await using folder = await createFolder(MODULES);
    const executor = createLocalExecutor({ directory: folder.path, calls: callsIn(folder.path), log: () => {} });
    await expect(make(executor, { uses }).output).rejects.toMatchObject({
      code: 'IA_STEP_UNKNOWN',
      message: expect.stringContaining(message),
    });
  });
});

describe('services', () => {
  type Counter = { readonly next: () => number };
  const perRun = defineService<Counter>('counter');
  const perStep = defineService<{ readonly id: number }>('session');

  const withRegistry = (ended: string[]): ServiceRegistry => {
    let count = 0;
    let sessions = 0;
    return createServiceRegistry()
      .register(perRun, { lifetime: 'run', create: () => ({ next: () => (count += 1) }) })
      .register(perStep, {
        lifetime: 'step',
        create: () => ({ id: (sessions += 1) }),
        dispose: ({ id }) => {
          ended.push(`session ${id}`);
          if (id === 2) throw new Error('hangs');
        },
      });
  };

  it('reach local steps and end with the attempt or the run', async () => {
    const ended: string[] = [];
    const lines: string[] = [];
    const keys = globalThis as { serviceKeys?: unknown };
    keys.serviceKeys = { perRun, perStep };
    await using folder = await createFolder({
      'steps.ts': `export class Step { async run(_input, { services }) {
        const { perRun, perStep } = globalThis.serviceKeys;
        const counter = await services(perRun);
        const session = await services(perStep);
        return { count: counter.next(), session: session.id };
      } }`,
    });
    await using process = withRegistry(ended).openProcess();
    const executor = createLocalExecutor({
      directory: folder.path,
      calls: callsIn(folder.path),
      log: (line) => lines.push(line),
      services: process.openRun(),
    });
    expect(await make(executor, { uses: './steps.ts#Step' }).output).toEqual({ count: 1, session: 1 });
    expect(await make(executor, { uses: './steps.ts#Step' }).output).toEqual({ count: 2, session: 2 });
    expect(ended).toEqual(['session 1', 'session 2']);
    expect(lines).toEqual(['a warn: A service could not be disposed of: Error: hangs']);
  });

  it('are missing by name when nobody registered any', async () => {
    await using folder = await createFolder({
      'steps.ts': `export const ask = (_input, { services }) => services({ name: 'database' });`,
    });
    const executor = createLocalExecutor({ directory: folder.path, calls: callsIn(folder.path), log: () => {} });
    await expect(make(executor, { uses: './steps.ts#ask' }).output).rejects.toMatchObject({
      code: 'IA_SERVICE_MISSING',
      message: "No service 'database' is registered.",
    });
  });
});
