import type { JsonObject } from '@ia-modules/engine';
import type { GoldenCase, Outcome } from '../golden/golden-case.ts';

/** Runs in which much meets: what each ruling alone does not show. */
export type BroadCase = Omit<GoldenCase, 'ruling' | 'expect'> & {
  readonly name: string;
  /** A step from which on the run is forked; the fork is recorded too. */
  readonly fork?: { readonly stepId: string; readonly input?: JsonObject; readonly variables?: JsonObject };
};

const retry = { max_attempts: 3, initial_delay: '1s', max_delay: '1m' };
const down: Outcome = { error: { name: 'Error', message: 'down', retryable: true } };
const lost: Outcome = {
  error: { name: 'Error', message: 'connection lost', retryable: true, details: { outcome: 'unknown' } },
};
const ann = { by: 'ann' } as const;
const vote = { kind: 'approval_decided', key: 'review', decision: 'approve', roles: [] } as const;

const order: BroadCase = {
  name: 'broad-order',
  parameters: { limit: 2 },
  trigger: { type: 'manual', by: 'eve' },
  definition: {
    name: 'broad-order',
    version: '1.2.0',
    parameters: { type: 'object', properties: { limit: { type: 'integer' } } },
    steps: [
      { id: 'fetch', uses: 'shop.fetch', timeout: '30s', retry, cache: { key: 'orders', ttl: '1h' } },
      {
        id: 'price',
        uses: 'shop.price',
        timeout: '30s',
        retry,
        with: { row: '{{ item }}', at: '{{ index_path }}' },
        for_each: {
          items: '{{ steps.fetch.output.rows }}',
          max_parallel: 2,
          on_item_error: 'collect',
          for_each: { items: '{{ item }}', at_least: 1 },
        },
        concurrency: { key: 'prices', limit: 1 },
        validate: [{ uses: 'shop.check' }],
        compensate: { uses: 'shop.unprice', retry },
      },
      {
        id: 'review',
        uses: 'human.approval',
        with: {
          assignees: ['user:ann', 'ben@example.org'],
          quorum: 2,
          deadline: '2d',
          escalation: [{ after: '1h', to: ['role:boss'] }],
        },
      },
      { id: 'route', uses: 'core.noop', router: 'adaptive', adaptive: { reward: '1.0', exploration: 0.5 } },
      { id: 'fast', uses: 'core.wait', with: { duration: '1m' } },
      { id: 'slow', uses: 'core.wait', with: { signal: 'shipped' }, max_duration: '1d' },
      { id: 'done', uses: 'core.noop', join: 'any', cancel_rest: true, with: { n: '{{ iteration }}' } },
      { id: 'pay', uses: 'shop.pay', timeout: '1m', on_unknown: 'ask', compensate: { uses: 'shop.refund' } },
      { id: 'mail', uses: 'shop.mail', timeout: '1m', on_error: 'continue', fallback: null },
    ],
    flow: {
      transitions: [
        { from: 'fetch', to: 'price' },
        { from: 'price', to: 'review', condition: 'iteration == 1' },
        { from: 'price', to: 'route', default: true },
        { from: 'review', to: 'route' },
        { from: 'route', to: 'fast' },
        { from: 'route', to: 'slow' },
        { from: 'fast', to: 'done' },
        { from: 'slow', to: 'done' },
        { from: 'done', to: 'price', loop: { max_iterations: 2 } },
        { from: 'done', to: 'pay' },
        { from: 'pay', to: 'mail' },
      ],
      max_cost_usd: 1,
      max_duration: '30d',
      on_budget: 'pause',
      on_failure: 'compensate',
    },
    hooks: [{ uses: 'shop.tell', on: ['run_waiting', 'step_failed', 'run_succeeded'] }],
    outputs: { price: '{{ steps.price.output }}' },
  },
  tasks: {
    fetch: [down, { output: { rows: [[1, 2], [3], []] }, costUsd: 0.25 }],
    'price:validate/0': [{ output: true }, { output: { valid: true } }],
    'price#1/0.0': [down, { output: 10 }],
    'price#1/0.1': [{ output: 20 }],
    'price#1/1.0': [{ error: { name: 'Error', message: 'no price', retryable: false } }],
    price: [{ output: 5, costUsd: 0.125 }],
    pay: [lost, { output: { paid: true }, costUsd: 0.75 }],
    mail: [{ output: 'sent' }],
    ':hook/0': [{ output: null }],
  },
  commands: [
    { after: 'approval_escalated', send: { ...vote, by: 'u7', email: 'Ben@example.org' } },
    { after: 'approval_decided', send: { ...vote, by: 'eve' } },
    { after: 'approval_decided', nth: 2, send: { ...vote, by: 'ann' } },
    { after: 'signal_awaited', send: { kind: 'signal_received', name: 'shipped', payload: 1, delivery: 'd1' } },
    { after: 'task_unknown:pay', send: { kind: 'pause_requested', ...ann } },
    {
      after: 'pause_requested',
      send: { kind: 'effect_decided', key: 'pay', decision: 'repeat', ...ann },
    },
    { after: 'effect_decided', send: { kind: 'resume_requested', ...ann } },
    { after: 'budget_exceeded', send: { kind: 'budget_raised', maxCostUsd: 9, ...ann } },
  ],
  fork: { stepId: 'review', variables: { 'parameters.limit': 3 } },
};

const trip: BroadCase = {
  name: 'broad-trip',
  parameters: {},
  definition: {
    name: 'broad-trip',
    steps: [
      {
        id: 'book',
        uses: 'trip.book',
        timeout: '1m',
        with: { city: '{{ item }}' },
        for_each: { items: ['Oslo', 'Rome'] },
        on_unknown: 'ask',
        compensate: { uses: 'trip.cancel', retry },
      },
      { id: 'tour', uses: 'pipeline:tour@^1', compensate: { uses: 'core.noop', with: { n: 1 } } },
      { id: 'twice', uses: 'core.noop', with: { n: '{{ iteration }}' }, compensate: { uses: 'trip.undo' } },
      { id: 'pay', uses: 'trip.pay', timeout: '1m', on_unknown: 'fail', retry },
      { id: 'alert', uses: 'core.noop' },
      { id: 'stop', uses: 'core.fail', with: { message: 'No money.' }, on_error: 'compensate' },
    ],
    flow: {
      transitions: [
        { from: 'book', to: 'tour' },
        { from: 'tour', to: 'twice' },
        { from: 'twice', to: 'twice', loop: { max_iterations: 2 } },
        { from: 'twice', to: 'pay' },
        { from: 'pay', to: 'alert', on: 'error' },
        { from: 'alert', to: 'stop' },
      ],
    },
    hooks: [{ uses: 'trip.tell', on: ['run_failed', 'compensation_started'] }],
  },
  pipelines: {
    tour: { name: 'tour', version: '1.0.0', steps: [{ id: 'walk', uses: 'core.wait', with: { duration: '1h' } }] },
  },
  tasks: {
    'book#/0': [lost],
    'book#/1': [{ output: 'R1' }],
    'book#/0:compensate': [lost, { output: null }],
    'book#/1:compensate': [down, { output: null }],
    'twice:compensate': [{ error: { name: 'Error', message: 'too late', retryable: false } }],
    pay: [lost],
    ':hook/0': [{ output: null }],
  },
  commands: [
    {
      after: 'run_waiting',
      send: { kind: 'effect_decided', key: 'book#/0@1', decision: 'confirm', output: 'O1', ...ann },
    },
    {
      after: 'task_unknown:book#/0@1:compensate',
      send: { kind: 'effect_decided', key: 'book#/0@1:compensate', decision: 'repeat', ...ann },
    },
  ],
};

const debugged: BroadCase = {
  name: 'broad-debugged',
  parameters: { n: 1 },
  debug: {
    breakpoints: { steps: ['b'], transitions: ['c->d'] },
    mocks: { c: { output: { mocked: true } } },
    inputs: { a: { n: 7 } },
  },
  definition: {
    name: 'broad-debugged',
    parameters: { type: 'object', properties: { n: { type: 'integer' } } },
    steps: [
      { id: 'a', uses: 'core.noop', with: { n: '{{ parameters.n }}' } },
      { id: 'b', uses: 'core.noop', with: { n: '{{ parameters.n + 1 }}' } },
      { id: 'c', uses: 'demo.c', timeout: '1m' },
      { id: 'd', uses: 'core.noop', with: { from: '{{ steps.c.output }}' } },
      { id: 'wait', uses: 'core.wait', with: { signal: 'never' } },
    ],
    flow: {
      transitions: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'c' },
        { from: 'c', to: 'd' },
        { from: 'd', to: 'wait' },
      ],
    },
  },
  tasks: {},
  commands: [
    {
      after: 'breakpoint_hit',
      send: { kind: 'debug_command', command: { kind: 'set_variable', path: 'parameters.n', value: 41 } },
    },
    { after: 'debug_command', send: { kind: 'debug_command', command: { kind: 'step_over' } } },
    { after: 'breakpoint_hit', nth: 2, send: { kind: 'debug_command', command: { kind: 'continue' } } },
    { after: 'breakpoint_hit', nth: 3, send: { kind: 'debug_command', command: { kind: 'continue' } } },
  ],
};

export const BROAD_CASES: readonly BroadCase[] = [order, trip, debugged];
