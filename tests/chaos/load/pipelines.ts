import type { JsonObject, PipelineDefinition } from '@ia-modules/engine';

/** A pipeline of the load, with parameters that lead it along its different ways. */
export type LoadPipeline = Readonly<{ definition: PipelineDefinition; parameters: readonly JsonObject[] }>;

/** What runs of the load are told when they wait for it. */
export const SIGNAL = { name: 'go', payload: { said: 'go' } } as const;
export const APPROVER = { by: 'chaos', roles: [] } as const;

const effect = (id: string, more: object = {}) => ({ id, uses: 'chaos.effect', with: { value: id }, ...more });
const NUMBER = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } as const;
const QUICK_RETRY = { max_attempts: 4, initial_delay: '10ms', max_delay: '20ms' } as const;

/** Two long ways side by side that meet, and a choice between two more of which one dies. */
const branches: LoadPipeline = {
  definition: {
    name: 'chaos-branches',
    parameters: NUMBER,
    steps: [
      effect('begin', { with: { value: '{{ parameters.n }}' } }),
      ...['a1', 'a2', 'a3', 'b1', 'b2', 'large', 'small'].map((id) => effect(id)),
      effect('join', { join: 'all', with: { value: ['{{ steps.a3.output.value }}', '{{ steps.b2.output.value }}'] } }),
      effect('end', { join: 'any' }),
    ],
    flow: {
      transitions: [
        { from: 'begin', to: 'a1' },
        { from: 'a1', to: 'a2' },
        { from: 'a2', to: 'a3' },
        { from: 'a3', to: 'join' },
        { from: 'begin', to: 'b1' },
        { from: 'b1', to: 'b2' },
        { from: 'b2', to: 'join' },
        { from: 'join', to: 'large', condition: 'steps.begin.output.value > 1' },
        { from: 'join', to: 'small', default: true },
        { from: 'large', to: 'end' },
        { from: 'small', to: 'end' },
      ],
    },
    outputs: {
      joined: '{{ steps.join.output.value }}',
      large: '{{ steps.large.status }}',
      small: '{{ steps.small.status }}',
    },
  },
  parameters: [{ n: 1 }, { n: 2 }],
};

/** Three rounds of two steps, each round with what it counts. */
const loop: LoadPipeline = {
  definition: {
    name: 'chaos-loop',
    parameters: NUMBER,
    steps: [
      effect('begin'),
      effect('round', { with: { value: '{{ iteration }}' } }),
      effect('check'),
      effect('end', { with: { value: '{{ steps.round.output.value }}' } }),
    ],
    flow: {
      transitions: [
        { from: 'begin', to: 'round' },
        { from: 'round', to: 'check' },
        {
          from: 'check',
          to: 'round',
          condition: 'steps.round.output.value < parameters.n',
          loop: { max_iterations: 10 },
        },
        { from: 'check', to: 'end', default: true },
      ],
    },
    outputs: { rounds: '{{ steps.end.output.value }}' },
  },
  parameters: [{ n: 1 }, { n: 4 }],
};

/** A map within a map, a part of whose items fail. */
const map: LoadPipeline = {
  definition: {
    name: 'chaos-map',
    parameters: { type: 'object', properties: { rows: { type: 'array' } }, required: ['rows'] },
    steps: [
      effect('each', {
        for_each: { items: '{{ parameters.rows }}', max_parallel: 3, for_each: { items: '{{ item }}' } },
        with: { value: '{{ item }}', failures: 1 },
        retry: QUICK_RETRY,
      }),
      effect('some', {
        for_each: { items: [true, false, true], on_item_error: 'collect' },
        with: { value: '{{ index }}', refuses: '{{ item }}' },
      }),
      effect('end', { join: 'all' }),
    ],
    flow: {
      transitions: [
        { from: 'each', to: 'end' },
        { from: 'some', to: 'end' },
      ],
    },
    outputs: {
      values: '{{ steps.each.output.map(row, row.map(one, one.value)) }}',
      some: '{{ steps.some.output.map(one, has(one.error) ? -1 : one.value) }}',
    },
  },
  parameters: [{ rows: [[1, 2, 3], [4, 5], [], [6]] }, { rows: [] }],
};

/** Waits between steps, and beside them. */
const timers: LoadPipeline = {
  definition: {
    name: 'chaos-timers',
    steps: [
      effect('begin'),
      { id: 'nap', uses: 'core.wait', with: { duration: '30ms' } },
      { id: 'rest', uses: 'core.wait', with: { duration: '400ms' } },
      effect('middle'),
      { id: 'blink', uses: 'core.wait', with: { duration: '1ms' } },
      effect('end', { join: 'all' }),
    ],
    flow: {
      transitions: [
        { from: 'begin', to: 'nap' },
        { from: 'begin', to: 'rest' },
        { from: 'nap', to: 'middle' },
        { from: 'middle', to: 'blink' },
        { from: 'blink', to: 'end' },
        { from: 'rest', to: 'end' },
      ],
    },
    outputs: { end: '{{ steps.end.output.value }}' },
  },
  parameters: [{}],
};

/** What was done is undone when the last step fails for good; another failure goes its own way. */
const failures: LoadPipeline = {
  definition: {
    name: 'chaos-failures',
    steps: [
      effect('reserve', { compensate: { uses: 'chaos.effect', with: { value: 'release' } } }),
      effect('flaky', { with: { failures: 2 }, retry: QUICK_RETRY }),
      effect('refused', { with: { refuses: true } }),
      effect('repair'),
      effect('pay', { compensate: { uses: 'chaos.effect', with: { value: 'refund' } } }),
      { id: 'fail', uses: 'core.fail', with: { message: 'Sold out.' } },
    ],
    flow: {
      on_failure: 'compensate',
      transitions: [
        { from: 'reserve', to: 'flaky' },
        { from: 'flaky', to: 'refused' },
        { from: 'refused', to: 'repair', on: 'error' },
        { from: 'repair', to: 'pay' },
        { from: 'pay', to: 'fail' },
      ],
    },
  },
  parameters: [{}],
};

/** People are asked in the middle and at the end, in a loop and beside it. */
const approvals: LoadPipeline = {
  definition: {
    name: 'chaos-approvals',
    steps: [
      effect('begin'),
      { id: 'ask', uses: 'human.approval', with: { title: 'Go on?' } },
      effect('round', { with: { value: '{{ iteration }}' } }),
      { id: 'again', uses: 'human.approval', with: { title: 'Round {{ iteration }}?', deadline: '30d' } },
      effect('end'),
    ],
    flow: {
      transitions: [
        { from: 'begin', to: 'ask' },
        { from: 'ask', to: 'round' },
        { from: 'round', to: 'again' },
        { from: 'again', to: 'round', condition: 'iteration < 2', loop: { max_iterations: 5 } },
        { from: 'again', to: 'end', default: true },
      ],
    },
    outputs: { approved: '{{ steps.ask.output.approved }}', rounds: '{{ steps.round.output.value }}' },
  },
  parameters: [{}],
};

/** Waits for a signal, which may come early, late and more than once. */
const signals: LoadPipeline = {
  definition: {
    name: 'chaos-signals',
    steps: [
      effect('begin'),
      { id: 'wait', uses: 'core.wait', with: { signal: SIGNAL.name }, max_duration: '30d' },
      effect('end', { with: { value: '{{ steps.wait.output }}' } }),
    ],
    flow: {
      transitions: [
        { from: 'begin', to: 'wait' },
        { from: 'wait', to: 'end' },
      ],
    },
    outputs: { signal: '{{ steps.end.output.value }}' },
  },
  parameters: [{}],
};

/** Runs two others at once, each with steps of its own. */
const children: LoadPipeline = {
  definition: {
    name: 'chaos-children',
    steps: [
      effect('begin'),
      { id: 'looping', uses: 'pipeline:chaos-loop', with: { n: 2 } },
      { id: 'branching', uses: 'pipeline:chaos-branches', with: { n: 2 } },
      { id: 'failing', uses: 'pipeline:chaos-failures', on_error: 'continue' },
      effect('end', { join: 'all', with: { value: '{{ steps.looping.output.rounds }}' } }),
    ],
    flow: {
      transitions: ['looping', 'branching', 'failing'].flatMap((id) => [
        { from: 'begin', to: id },
        { from: id, to: 'end' },
      ]),
    },
    outputs: {
      rounds: '{{ steps.end.output.value }}',
      joined: '{{ steps.branching.output.joined }}',
      failing: '{{ steps.failing.error.code }}',
    },
  },
  parameters: [{}],
};

/** What scenarios run side by side. */
export const LOAD_PIPELINES: readonly LoadPipeline[] = [
  branches,
  loop,
  map,
  timers,
  failures,
  approvals,
  signals,
  children,
];
