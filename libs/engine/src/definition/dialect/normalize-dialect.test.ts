import { describe, expect, it } from 'vitest';
import { pipelineSchema } from '../schema.ts';
import { normalizeDialect } from './normalize-dialect.ts';

const step = (id: string, more: object = {}) => ({ id, step_class: 'Work', module: 'steps.work', ...more });

/** Normalizes a document of two steps, `a` before `b`, with more keys. */
const normalize = (more: object) => {
  const { value, rewrites } = normalizeDialect({ name: 'x', steps: [step('a'), step('b')], ...more });
  return { value: value as ReturnType<typeof pipelineSchema.parse>, rewrites };
};

const withOfB = (b: object, more: object = {}): unknown =>
  normalize({ steps: [step('a'), step('b', b)], ...more }).value.steps[1]?.with;

const transitionsOf = (paths: readonly object[], more: object = {}): unknown =>
  normalize({ flow: { paths }, ...more }).value.flow?.transitions;

const problems = (document: unknown) =>
  normalizeDialect(document)
    .rewrites.filter(({ severity }) => severity !== 'info')
    .map(({ severity, path }) => `${severity} ${path.join('.')}`);

describe('a document of the language', () => {
  const canonical = {
    name: 'x',
    parameters: { type: 'object', properties: { n: { type: 'integer' } } },
    steps: [
      { id: 'a', uses: 'core.noop', with: { text: '{parameters.n} and {{ a.b }}' } },
      { id: 'b', uses: 'core.noop' },
    ],
    flow: { transitions: [{ from: 'a', to: 'b', condition: { type: 'always' } }] },
  };

  it('passes through as it is', () => {
    const { value, rewrites, origin } = normalizeDialect(canonical);
    expect(value).toBe(canonical);
    expect(rewrites).toEqual([]);
    expect(origin.toSource(['steps', 0])).toEqual(['steps', 0]);
  });

  it.each([
    { ...canonical, parameters: [] },
    { ...canonical, steps: [{ id: 'a', step_class: 'X', uses: 'core.noop' }] },
    { ...canonical, steps: [{ id: 'a', class: 'X' }] },
    { ...canonical, steps: [{ id: 'a', type: 'human_input' }] },
    { ...canonical, flow: { ...canonical.flow, paths: [] } },
    { ...canonical, flow: { transitions: [{ from_step: 'a', to: 'b' }] } },
    { ...canonical, metadata: {}, version: '1.0' },
  ])('with a slip is not taken for the older dialect', (slipped) => {
    expect(normalizeDialect(slipped).value).toBe(slipped);
  });
});

it('reads a plugin condition by the name of the plugin alone', () => {
  const documentOf = (plugin: string) => ({
    plugin_config: { enabled_plugins: ['weather'] },
    steps: [{ id: 'a', uses: 'core.noop' }],
    flow: { transitions: [{ from: 'a', to: 'a', condition: { type: 'plugin', plugin } }] },
  });
  expect(normalizeDialect(documentOf('weather')).value).toMatchObject({
    flow: { transitions: [{ condition: { type: 'plugin', plugin: 'weather.weather' } }] },
  });
  for (const plugin of ['weather.sky', 'wether']) {
    const document = documentOf(plugin);
    expect(normalizeDialect(document).value).toBe(document);
  }
});

describe('steps', () => {
  it('use the class of their module', () => {
    const usesOf = (more: object) => normalize({ steps: [{ id: 'a', ...more }] }).value.steps[0]?.uses;
    expect(usesOf({ step_class: 'Fetch', module: 'tests.shop.steps.fetch' })).toBe('./tests/shop/steps/fetch.ts#Fetch');
    expect(usesOf({ class: 'Fetch', module: 'steps' })).toBe('./steps.ts#Fetch');
    expect(usesOf({ step_class: 'Fetch', module: '.steps.fetch' })).toBe('./steps/fetch.ts#Fetch');
    expect(usesOf({ step_class: 'Fetch', module: 'steps/fetch.py' })).toBe('./steps/fetch.ts#Fetch');
  });

  it('take config and inputs as their input', () => {
    expect(
      withOfB({ config: { level: 'full' }, inputs: [{ name: 'n', source: '{steps.a.output.n}', required: true }] }),
    ).toEqual({
      level: 'full',
      n: '{{ steps.a.output.n }}',
    });
    expect(withOfB({ inputs: { n: '{{ a.n }}' } })).toEqual({ n: '{{ steps.a.output.n }}' });
    expect(withOfB({ config: {} })).toBeUndefined();
    expect(withOfB({})).toBeUndefined();
  });

  it('say that an input hides a setting of the same name', () => {
    const b = step('b', { config: { n: 1 }, inputs: { n: 2 } });
    expect(withOfB({ config: { n: 1 }, inputs: { n: 2 } })).toEqual({ n: 2 });
    expect(problems({ steps: [b] })).toEqual(['warning steps.0.config.n']);
  });

  it('lose what only describes', () => {
    const { value, rewrites } = normalize({
      metadata: { author: 'me' },
      tags: ['t'],
      steps: [step('a', { type: 'task', outputs: ['n'], parallel: true, tags: [] })],
    });
    expect(value).toEqual({ name: 'x', steps: [{ id: 'a', uses: './steps/work.ts#Work' }] });
    expect(rewrites.map(({ path }) => path.join('.'))).toEqual([
      'steps.0.step_class',
      'steps.0.type',
      'steps.0.outputs',
      'steps.0.parallel',
      'steps.0.tags',
      'metadata',
      'tags',
    ]);
  });

  it('keep their timeout, retries and router', () => {
    const { value } = normalize({
      steps: [
        step('a', {
          timeout: 1.5,
          routing: { mode: 'exclusive' },
          error_handling: { max_retries: 2, retry_delay: 3, backoff_factor: 2, strategy: 'continue', fallback: [] },
        }),
        step('b', { config: { error_handling: { retry: { max_attempts: 3 }, continue_on_error: false } } }),
      ],
    });
    expect(value.steps).toEqual([
      {
        id: 'a',
        uses: './steps/work.ts#Work',
        timeout: '1500ms',
        router: 'first_match',
        retry: { max_attempts: 3, initial_delay: '3s', factor: 2 },
        on_error: 'continue',
        fallback: [],
      },
      { id: 'b', uses: './steps/work.ts#Work', retry: { max_attempts: 3 }, on_error: 'fail' },
    ]);
  });

  it('take the error handling of the document when they have none', () => {
    const { value } = normalize({
      error_handling: 'continue',
      steps: [step('a'), step('b', { error_handling: 'stop' })],
    });
    expect(value.steps.map((item) => item.on_error)).toEqual(['continue', 'fail']);
    expect(value).not.toHaveProperty('error_handling');
  });

  it('keep what they say themselves where the document says something else', () => {
    const { value } = normalize({
      error_handling: { max_retries: 4 },
      steps: [step('a', { retry: { max_attempts: 2 } })],
    });
    expect(value.steps[0]?.retry).toEqual({ max_attempts: 2 });
  });

  it('that should not run at once with others are told that they do', () => {
    expect(problems({ steps: [step('a', { parallel: false })] })).toEqual(['warning steps.0.parallel']);
    expect(problems({ steps: [step('a', { parallel: true })] })).toEqual([]);
  });

  it('that only ask people are approvals', () => {
    const ask = {
      id: 'ask',
      name: 'Ask',
      type: 'human_input',
      step_class: 'HumanInputStep',
      config: {
        prompt: 'Is this right?',
        assigned_users: ['a@example.com'],
        timeout_seconds: 300,
        channels: ['web'],
        ui_schema: {
          fields: [{ name: 'grade', type: 'radio', options: ['good', 'bad'], label: 'Grade', required: true }],
        },
      },
    };
    const document = {
      name: 'x',
      steps: [ask, step('b', { inputs: { grade: '{{ ask.grade }}', by: '{{ ask.decisions }}' } })],
    };
    expect(normalize(document).value.steps).toEqual([
      {
        id: 'ask',
        name: 'Ask',
        uses: 'human.approval',
        with: {
          title: 'Ask',
          on_reject: 'continue',
          description: 'Is this right?',
          assignees: ['a@example.com'],
          deadline: '300s',
          form: {
            type: 'object',
            properties: { grade: { type: 'string', title: 'Grade', enum: ['good', 'bad'] } },
            required: ['grade'],
          },
        },
      },
      {
        id: 'b',
        uses: './steps/work.ts#Work',
        with: { grade: '{{ steps.ask.output.values.grade }}', by: '{{ steps.ask.output.decisions }}' },
      },
    ]);
    expect(problems(document)).toEqual(['warning steps.0.config.channels']);
  });

  it('stay as they are when a part has no counterpart', () => {
    const documents: [object, string][] = [
      [{ id: 'b', type: 'condition', conditions: [] }, 'error steps.1'],
      [{ id: 'b', step_class: 'B' }, 'error steps.1.module'],
      [step('b', { module: 'no module' }), 'error steps.1.module'],
      [step('b', { step_class: 'no class' }), 'error steps.1.step_class'],
      [step('b', { config: 'text' }), 'error steps.1.config'],
      [step('b', { inputs: 'text' }), 'error steps.1.inputs'],
      [step('b', { inputs: [{ name: 'n' }] }), 'error steps.1.inputs.0'],
      [step('b', { routing: 'by mood' }), 'error steps.1.routing'],
      [step('b', { error_handling: { call: 'me' } }), 'error steps.1.error_handling'],
      [{ id: 'b', type: 'hitl', config: { quiz: 1 } }, 'error steps.1.config.quiz'],
      [
        { id: 'b', type: 'hitl', config: { ui_schema: { fields: [{ name: 'x', type: 'hologram' }] } } },
        'error steps.1.config.ui_schema',
      ],
    ];
    for (const [b, problem] of documents) {
      const document = { name: 'x', steps: [step('a'), b] };
      expect(problems(document)).toEqual([problem]);
      const { value, rewrites } = normalizeDialect(document);
      expect((value as typeof document).steps[1]).toBe(b);
      expect(rewrites.filter(({ path }) => path[1] === 1)).toHaveLength(1);
    }
  });
});

describe('the flow', () => {
  it('has transitions for paths', () => {
    expect(
      transitionsOf([
        { from_step: 'a', to_step: 'b', condition: { type: 'field_exists', field: 'n' } },
        { from: 'a', to: 'c', condition: { type: 'else' }, description: 'otherwise' },
        { from: 'a', to: 'd', condition: { type: 'failure' } },
      ]),
    ).toEqual([
      { from: 'a', to: 'b', condition: { type: 'expression', source: 'steps.a.output.n', operator: 'exists' } },
      { from: 'a', to: 'c', default: true },
      { from: 'a', to: 'd', on: 'error' },
    ]);
  });

  it('gives each cycle the bound of the loop configuration', () => {
    const paths = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a', condition: 'result.again' },
      { from: 'b', to: 'b' },
    ];
    const document = { steps: [step('a'), step('b')], flow: { start_at: 'a', paths } };
    expect(
      transitionsOf(paths, {
        flow: { start_at: 'a', paths },
        loop_config: { max_iterations: 5, max_loop_time_seconds: 60 },
      }),
    ).toEqual([
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a', condition: 'steps.b.output.again', loop: { max_iterations: 5 } },
      { from: 'b', to: 'b', loop: { max_iterations: 5 } },
    ]);
    expect(problems({ ...document, loop_config: { max_loop_time_seconds: 60 } })).toEqual([
      'warning loop_config.max_loop_time_seconds',
    ]);
    expect(problems({ ...document, loop_config: { max_iteration: 60 } })).toEqual(['error loop_config.max_iteration']);
    expect(transitionsOf(paths, { flow: { start_at: 'a', paths } })).toMatchObject([
      {},
      { loop: { max_iterations: 100 } },
      {},
    ]);
  });

  it('has a step for each end that is none', () => {
    const { value } = normalize({
      flow: {
        paths: [
          { from: 'a', to: 'end_with_success' },
          { from: 'b', to: 'end_with_error' },
        ],
      },
    });
    expect(value.steps.slice(2)).toEqual([
      { id: 'end_with_success', uses: 'core.noop' },
      { id: 'end_with_error', uses: 'core.end', with: { status: 'failed' } },
    ]);
  });

  it('routes as it says', () => {
    const flow = {
      routing: 'first_match',
      parallel: true,
      paths: [
        { from: 'a', to: 'b' },
        { from: 'a', to: 'b', condition: 'true' },
      ],
    };
    const { value } = normalize({ flow });
    expect(value.steps.map(({ router }) => router)).toEqual(['first_match', undefined]);
    expect(Object.keys(value.flow ?? {})).toEqual(['transitions']);
    expect(problems({ flow: { ...flow, routing: 'random' } })).toEqual(['error flow.routing']);
  });

  it('does not choose between paths and transitions', () => {
    expect(problems({ steps: [step('a')], flow: { paths: [], transitions: [] } })).toEqual(['error flow.paths']);
  });

  it('with a chain of any length ends', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `s${index}`);
    const paths = ids.map((id, index) => ({ from: id, to: ids[(index + 1) % ids.length] }));
    const { value } = normalize({ steps: ids.map((id) => step(id)), flow: { start_at: 's0', paths } });
    expect(value.flow?.transitions?.filter(({ loop }) => loop !== undefined)).toEqual([
      { from: 's19999', to: 's0', loop: { max_iterations: 100 } },
    ]);
  });
});

it('writes versions in full', () => {
  for (const version of ['1', '1.0', 'v1.0.0', '01.0', 1]) expect(normalize({ version }).value.version).toBe('1.0.0');
  expect(normalize({ version: 'latest' }).value.version).toBe('latest');
});

it('leads every part of its result back to the source', () => {
  const { value, origin } = normalizeDialect({
    name: 'x',
    parameters: [{ name: 'n', schema: { type: 'integer' } }],
    steps: [step('a', { config: { k: 1 }, inputs: [{ name: 'n', source: '{parameters.n}' }] }), step('b')],
    flow: {
      paths: [
        { from_step: 'a', to_step: 'b', condition: { type: 'expression', config: { source: 'ok', value: 1 } } },
        { from: 'b', to: 'end_ok' },
        { from: 'b', to: 'a' },
      ],
    },
    loop_config: { max_iterations: 3 },
  });
  expect(pipelineSchema.safeParse(value).success).toBe(true);
  const expected: [string, string][] = [
    ['name', 'name'],
    ['parameters.properties.n.type', 'parameters.0.schema.type'],
    ['steps.0.uses', 'steps.0.step_class'],
    ['steps.0.with.k', 'steps.0.config.k'],
    ['steps.0.with.n', 'steps.0.inputs.0.source'],
    ['steps.2.id', 'flow.paths.1.to.id'],
    ['flow.transitions.0.from', 'flow.paths.0.from_step'],
    ['flow.transitions.0.condition.source', 'flow.paths.0.condition.config.source'],
    ['flow.transitions.2.loop.max_iterations', 'loop_config.max_iterations'],
    ['flow.start_at', 'flow.start_at'],
  ];
  const toPath = (text: string) => text.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  for (const [target, source] of expected) expect(origin.toSource(toPath(target))).toEqual(toPath(source));
});
