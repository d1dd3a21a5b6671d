import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../src/testing.ts';
import { createFolder, type Folder, runProcess } from './run-command.ts';

const ENGINE = fileURLToPath(new URL('../../../libs/engine/src/index.ts', import.meta.url));

/** What `run --json` prints, beside how the command ended. */
const runJson = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await runCommand('run', ...args, '--json');
  return { code, stderr, result: JSON.parse(stdout) as Record<string, unknown> };
};

const writePipeline = (folder: Folder, pipeline: object): Promise<string> =>
  folder.write('pipeline.json', { name: 'options', ...pipeline });

describe('secrets', () => {
  it('come from a file and never show', async () => {
    await using folder = await createFolder({
      'secrets.env': 'API_KEY=k-987654321\n',
      'steps.ts': `export const call = ({ key }, { logger }) => { logger.info('with ' + key); return { length: key.length, echo: 'got ' + key }; };
        export const fail = ({ key }) => { throw new Error('refused: ' + key); };`,
    });
    const withKey = { key: '{{ secrets.API_KEY }}' };
    const file = await writePipeline(folder, {
      steps: [
        { id: 'call', uses: './steps.ts#call', with: withKey },
        { id: 'fail', uses: './steps.ts#fail', with: withKey, on_error: 'continue' },
      ],
    });
    const { code, result, stderr } = await runJson(file, '--secrets', `${folder.path}/secrets.env`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'call info: with ***\n' });
    expect(result['steps']).toMatchObject({
      call: { output: { length: 11, echo: 'got ***' } },
      fail: { error: { message: 'refused: ***' } },
    });
    expect(JSON.stringify(result)).not.toContain('k-987654321');
  });

  it('that are not set fail the step', async () => {
    await using folder = await createFolder({ 'steps.ts': 'export const call = () => 1;' });
    const steps = [{ id: 'call', uses: './steps.ts#call', with: { key: '{{ secrets.NOT_SET_ANYWHERE }}' } }];
    const { code, result } = await runJson(await writePipeline(folder, { steps }));
    expect({ code, result }).toMatchObject({ code: 1, result: { error: { code: 'IA_SECRET_UNKNOWN' } } });
  });
});

describe('a file of secrets', () => {
  it('tells which secrets there are before the run', async () => {
    await using folder = await createFolder({
      'secrets.json': { API_KEY: 'k-987654321' },
      'steps.ts': 'export const call = () => 1;',
    });
    const steps = [{ id: 'call', uses: './steps.ts#call', with: { key: '{{ secrets.API_KEE }}' } }];
    const file = await writePipeline(folder, { steps });
    const finding = { code: 'IA_PIPELINE_SECRET', path: '$.steps[0].with.key', hint: "Did you mean 'API_KEY'?" };
    const { result } = await runJson(file, '--secrets', `${folder.path}/secrets.json`);
    expect(result['diagnostics']).toContainEqual(expect.objectContaining(finding));
    expect((await runCommand('validate', file)).code).toBe(0);
    expect((await runCommand('validate', file, '--secrets', `${folder.path}/secrets.json`)).code).toBe(1);
  });
});

describe('local steps', () => {
  it('that print leave the result alone on standard output', async () => {
    await using folder = await createFolder({
      'steps.ts': `export const talk = () => { console.log('chatter'); console.info('more'); return 1; };`,
    });
    await writePipeline(folder, { steps: [{ id: 'talk', uses: './steps.ts#talk' }] });
    const { stdout, stderr } = await runProcess('run', `${folder.path}/pipeline.json`, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ steps: { talk: { output: 1 } } });
    expect(stderr).toBe('chatter\nmore\n');
  });
});

describe('services', () => {
  it('are registered by a module and end with the command', async () => {
    await using folder = await createFolder({
      'services.ts': `import { defineService } from '${ENGINE}';
        import { appendFileSync } from 'node:fs';
        export const counter = defineService('counter');
        const log = (line) => appendFileSync(new URL('./log', import.meta.url), line + '\\n');
        export const register = (registry) => registry.register(counter, {
          lifetime: 'process',
          create: () => { log('created'); let count = 0; return { next: () => ++count }; },
          dispose: () => { log('disposed'); throw new Error('no way'); },
        });`,
      'steps.ts': `import { counter } from './services.ts';
        export class Count { async run(_input, { services }) { return (await services(counter)).next(); } }`,
      log: '',
    });
    const steps = ['a', 'b'].map((id) => ({ id, uses: './steps.ts#Count' }));
    const transitions = [{ from: 'a', to: 'b' }];
    const file = await writePipeline(folder, {
      steps,
      flow: { transitions },
      outputs: { count: '{{ steps.b.output }}' },
    });
    const { code, result, stderr } = await runJson(file, '--services', `${folder.path}/services.ts`);
    expect({ code, outputs: result['outputs'] }).toEqual({ code: 0, outputs: { count: 2 } });
    expect(stderr).toBe('A service could not be disposed of: Error: no way\n');
  });

  it.each([
    ['services.ts', 'export const nothing = 1;', 'must export a function'],
    ['broken.ts', 'throw new Error("no config");', 'can not be loaded: no config'],
  ])('need a module that registers them: %s', async (name, content, message) => {
    await using folder = await createFolder({ [name]: content });
    const file = await writePipeline(folder, { steps: [{ id: 'a', uses: 'core.noop' }] });
    const { code, stderr } = await runCommand('run', file, '--services', `${folder.path}/${name}`);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('what comes from outside', () => {
  const approval = (change: object = {}) => ({ id: 'ok', uses: 'human.approval', with: { title: 'Sure?', ...change } });

  it('ends the command as waiting when it does not come', async () => {
    await using folder = await createFolder();
    const file = await writePipeline(folder, {
      steps: [approval({ assignees: ['role:boss'] }), { id: 'paid', uses: 'core.wait', with: { signal: 'paid' } }],
    });
    const { code, result } = await runJson(file);
    expect(code).toBe(1);
    expect(result).toMatchObject({
      status: 'waiting',
      outputs: null,
      waiting: [
        { stepId: 'ok', reason: 'approval', assignees: ['role:boss'] },
        { stepId: 'paid', reason: 'signal', signal: 'paid' },
      ],
      steps: { ok: { status: 'waiting' }, paid: { status: 'waiting' } },
    });
    const plain = await runCommand('run', file);
    expect(plain.stdout).toBe('waiting for what can not come here:\n  ok: approval\n  paid: signal\n');
  });

  it('is given by options: signals, and decisions with the values of a form', async () => {
    await using folder = await createFolder();
    const file = await writePipeline(folder, {
      steps: [
        approval({ assignees: ['role:boss'], quorum: 2 }),
        { id: 'paid', uses: 'core.wait', with: { signal: 'paid' } },
      ],
      outputs: {
        by: '{{ steps.ok.output.decisions.map(d, d.by) }}',
        values: '{{ steps.ok.output.values }}',
        paid: '{{ steps.paid.output }}',
      },
    });
    const people = ['--as', 'ann', '--as', 'bob'];
    const votes = ['--approve', 'ok={"amount": 5}', '--approve', 'ok'];
    const { code, result } = await runJson(file, ...people, ...votes, '--signal', 'paid={"n": 1}');
    expect(code).toBe(0);
    expect(result['outputs']).toEqual({ by: ['ann', 'bob'], values: { amount: 5 }, paid: { n: 1 } });
  });

  it('can be a rejection', async () => {
    await using folder = await createFolder();
    const { code, result } = await runJson(await writePipeline(folder, { steps: [approval()] }), '--reject', 'ok');
    expect({ code, result }).toMatchObject({
      code: 1,
      result: { status: 'failed', error: { code: 'IA_APPROVAL_REJECTED' } },
    });
  });

  it('reaches a pipeline that the run has started', async () => {
    await using folder = await createFolder({ 'child.json': { name: 'child', steps: [approval()] } });
    const file = await writePipeline(folder, { steps: [{ id: 'sub', uses: 'pipeline:child' }] });
    expect(await runJson(file)).toMatchObject({ code: 1, result: { status: 'waiting' } });
    expect(await runJson(file, '--approve', 'ok')).toMatchObject({ code: 0, result: { status: 'succeeded' } });
  });

  it('is refused when it can not be read', async () => {
    const { code, stderr } = await runCommand('run', 'x.json', '--approve', 'ok=5');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('must be a JSON object') });
  });
});

describe('a host that is down', () => {
  it('is left alone after five failures in a row', async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests += 1;
      response.writeHead(503).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    await using folder = await createFolder();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const items = { items: [1, 2, 3, 4, 5, 6, 7], max_parallel: 1, on_item_error: 'collect' };
    const steps = [{ id: 'ask', uses: 'http.request', with: { url }, for_each: items }];
    const outputs = { codes: '{{ steps.ask.output.map(each, each.error.code) }}' };
    const { result } = await runJson(await writePipeline(folder, { steps, outputs }));
    server.close();
    expect(requests).toBe(5);
    expect((result['outputs'] as { readonly codes: readonly string[] }).codes.slice(4)).toEqual([
      'IA_PLUGIN_FAILED',
      'IA_CIRCUIT_OPEN',
      'IA_CIRCUIT_OPEN',
    ]);
  });
});

describe('sub-pipelines', () => {
  it('are files beside the pipeline, with plugins and modules of their own', async () => {
    await using folder = await createFolder({
      'invoice.json': {
        name: 'invoice',
        version: '2.1.0',
        parameters: { type: 'object', properties: { net: { type: 'number' } }, required: ['net'] },
        steps: [{ id: 'tax', uses: './tax.ts#addTax', with: { net: '{{ parameters.net }}' } }],
        outputs: { gross: '{{ steps.tax.output }}' },
      },
      'tax.ts': 'export const addTax = ({ net }) => net * 1.5;',
    });
    const file = await writePipeline(folder, {
      steps: [
        { id: 'byName', uses: 'pipeline:invoice@^2', with: { net: 10 } },
        { id: 'byPath', uses: 'pipeline:./invoice.json', with: { net: 20 } },
      ],
      outputs: { name: '{{ steps.byName.output.gross }}', path: '{{ steps.byPath.output.gross }}' },
    });
    expect(await runJson(file)).toMatchObject({ code: 0, result: { outputs: { name: 15, path: 30 } } });
  });
});

describe('the clock', () => {
  it('can jump over waits', async () => {
    await using folder = await createFolder();
    const file = await writePipeline(folder, { steps: [{ id: 'w', uses: 'core.wait', with: { duration: 'P2D' } }] });
    expect(await runJson(file, '--clock', 'virtual')).toMatchObject({ code: 0, result: { status: 'succeeded' } });
    expect((await runCommand('run', file, '--clock', 'broken')).code).toBe(2);
  });
});

describe('breakpoints', () => {
  it('stop the run, which then waits', async () => {
    await using folder = await createFolder();
    const file = await writePipeline(folder, {
      steps: ['a', 'b', 'c'].map((id) => ({ id, uses: 'core.noop' })),
      flow: {
        transitions: [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'c' },
        ],
      },
    });
    for (const breakpoint of ['b', 'a->b']) {
      expect(await runJson(file, '--breakpoint', breakpoint)).toMatchObject({
        code: 1,
        result: {
          status: 'waiting',
          waiting: [{ reason: 'breakpoint' }],
          steps: { a: { status: 'succeeded' }, b: { status: 'pending' } },
        },
      });
    }
  });

  it('on what is not there are wrong usage', async () => {
    await using folder = await createFolder();
    const file = await writePipeline(folder, { steps: [{ id: 'wait', uses: 'core.noop' }] });
    expect(await runCommand('run', file, '--json', '--breakpoint', 'wiat')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining("error: --breakpoint: The pipeline has no step 'wiat'."),
    });
  });
});

describe('answers', () => {
  it('that nothing asks for are told', async () => {
    await using folder = await createFolder();
    const file = await writePipeline(folder, { steps: [{ id: 'wait', uses: 'core.wait', with: { signal: 'go' } }] });
    const options = ['--signal', 'go', '--signal', 'goo=1', '--approve', 'wiat={"a": 1}', '--reject', 'wait'];
    expect(await runJson(file, ...options)).toMatchObject({
      code: 0,
      stderr: ['--signal goo', '--approve wiat', '--reject wait']
        .map((option) => `warning: nothing asked for ${option}.\n`)
        .join(''),
    });
  });
});

describe('costs', () => {
  it('that local steps report count towards the budget', async () => {
    await using folder = await createFolder({ 'steps.ts': 'export const think = (_input, { cost }) => cost(2);' });
    const file = await writePipeline(folder, {
      steps: [
        { id: 'think', uses: './steps.ts#think' },
        { id: 'more', uses: 'core.noop' },
      ],
      flow: { transitions: [{ from: 'think', to: 'more' }], max_cost_usd: 1, on_budget: 'fail' },
    });
    expect(await runJson(file)).toMatchObject({ code: 1, result: { error: { code: 'IA_RUN_COST' } } });
  });
});
