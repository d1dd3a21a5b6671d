import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/testing.ts';

const BIN = fileURLToPath(new URL('../bin/ia-modules.mjs', import.meta.url));

let folder: string;
let server: Server;
let origin: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ia-modules-cli-'));
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"rows": [1, 2, 3]}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

type Result = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

const run = (args: readonly string[]): Promise<Result> => runCommand(...args);

const runProcess = async (args: readonly string[], input = ''): Promise<Result> => {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
};

const write = async (name: string, content: unknown): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return file;
};

const parameters = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };

const writeDoubling = async (): Promise<string> => {
  await write(
    'steps.ts',
    `export const double = ({ n }: { n: number }) => ({ n: n * 2 });
export class Labeler { execute({ n }: { n: number }) { return { label: 'n=' + n }; } }
export const later = { run: async () => undefined };
export const nothing = 5;
export const circular = () => { const value: Record<string, unknown> = {}; value.self = value; return value; };
export const failing = () => { throw new Error('broken: password=hunter2hunter2'); };`,
  );
  return write('doubling.json', {
    name: 'doubling',
    parameters,
    steps: [
      { id: 'double', uses: './steps.ts#double', with: { n: '{{ parameters.n }}' } },
      { id: 'label', uses: './steps.ts#Labeler', with: { n: '{{ steps.double.output.n }}' } },
      { id: 'later', uses: './steps.ts#later' },
    ],
    flow: {
      transitions: [
        { from: 'double', to: 'label' },
        { from: 'label', to: 'later' },
      ],
    },
    outputs: { label: '{{ steps.label.output.label }}', later: '{{ steps.later.output }}' },
  });
};

describe('run', () => {
  it('runs functions, classes and objects of local modules', async () => {
    const { code, stdout } = await run(['run', await writeDoubling(), '--input', '{"n": 4}', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'succeeded',
      outputs: { label: 'n=8', later: null },
      steps: { double: { status: 'succeeded', output: { n: 8 }, attempts: 1 } },
      events: 14,
    });
  });

  it('reads its input from a file, with and without @, and from standard input', async () => {
    const file = await writeDoubling();
    const values = await write('input.json', { n: 3 });
    for (const input of [values, `@${values}`]) {
      expect((await run(['run', file, '--input', input])).stdout).toContain('n=6');
    }
    const piped = await runProcess(['run', file, '-i', '-'], '{"n": 5}');
    expect(piped.stdout).toContain('n=10');
    expect(piped.stderr).toContain('double succeeded');
  });

  it('calls out by http.request', async () => {
    const file = await write('http.json', {
      name: 'http',
      steps: [{ id: 'get', uses: 'http.request', with: { url: origin } }],
      outputs: { count: '{{ size(steps.get.output.body.rows) }}' },
    });
    const { code, stdout } = await run(['run', file, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'succeeded', outputs: { count: 3 } });
    expect(code).toBe(0);
  });

  it.each([
    ['failing', 'IA_TASK_FAILED'],
    ['nothing', 'IA_STEP_UNKNOWN'],
    ['circular', 'IA_PLUGIN_FAILED'],
  ])('ends with 1 when the step %s fails, and shows no secret', async (name, code) => {
    await writeDoubling();
    const file = await write(`${name}.json`, { name, steps: [{ id: 'a', uses: `./steps.ts#${name}` }] });
    const result = await run(['run', file, '--json']);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      status: 'failed',
      error: { code },
      steps: { a: { status: 'failed' } },
    });
    expect(result.stdout + result.stderr).not.toContain('hunter2');
    expect((await run(['run', file])).stdout).toContain('failed');
  });

  it('says what can not run here', async () => {
    const file = await write('foreign.json', {
      name: 'foreign',
      steps: [{ id: 'a', uses: '@community/weather#forecast' }],
    });
    const { stdout } = await run(['run', file, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ steps: { a: { error: { code: 'IA_STEP_UNKNOWN' } } } });
  });

  it('does not start without the modules that it uses', async () => {
    await writeDoubling();
    const file = await write('missing.json', {
      name: 'missing',
      steps: [
        { id: 'a', uses: './steps.ts#dubble', timeout: '1s' },
        { id: 'b', uses: './stepz.ts#double', timeout: '1s' },
      ],
    });
    const { code, stdout } = await run(['run', file, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'failed',
      events: 0,
      diagnostics: [
        { code: 'IA_PIPELINE_MODULE', path: '$.steps[0].uses', hint: "Did you mean 'double'?" },
        { code: 'IA_PIPELINE_MODULE', path: '$.steps[1].uses', hint: "Did you mean 'steps.ts'?" },
      ],
    });
  });

  it('does not start with parameters that do not fit', async () => {
    const file = await writeDoubling();
    const plain = await run(['run', file]);
    expect(plain).toMatchObject({ code: 1, stdout: '' });
    expect(plain.stderr).toContain('$.n is required');
    const json = await run(['run', file, '--json', '-i', '{"n": "x"}']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'failed',
      events: 0,
      diagnostics: [{ code: 'IA_PARAMETERS_INVALID', path: '$.n' }],
    });
  });

  it('does not start a pipeline with errors', async () => {
    const file = await write('bad.json', { name: 'bad', steps: [{ id: 'a', uses: 'core.nop' }] });
    const plain = await run(['run', file]);
    expect(plain.code).toBe(1);
    expect(plain.stderr).toContain("Did you mean 'core.noop'?");
    expect(JSON.parse((await run(['run', file, '--json'])).stdout)).toMatchObject({
      diagnostics: [{ code: 'IA_PIPELINE_UNKNOWN_USES' }],
    });
  });

  it('tells what it waits for, with JSON too, in sub-pipelines as well', async () => {
    const steps = [
      { id: 'ok', uses: 'human.approval', with: { title: 'Sure?', assignees: ['role:boss'], deadline: '2d' } },
    ];
    await write('asks.json', { name: 'asks', steps });
    const file = await write('parent.json', { name: 'parent', steps: [{ id: 'sub', uses: 'pipeline:./asks.json' }] });
    const child = spawn(process.execPath, [BIN, 'run', file, '--json'], { cwd: folder });
    child.stderr.once('data', () => child.kill('SIGINT'));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(stderr).toMatch(/^waiting: step 'ok' for the approval of role:boss, until \d{4}-\S+Z\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'canceled' });
  });

  it('cancels the run when it is interrupted', async () => {
    const file = await write('wait.json', {
      name: 'wait',
      steps: [{ id: 'w', uses: 'core.wait', with: { duration: '1h' } }],
    });
    const child = spawn(process.execPath, [BIN, 'run', file], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
    child.stderr.once('data', () => child.kill('SIGINT'));
    const closed = new Promise<number | null>((resolve) => {
      child.once('close', resolve);
    });
    expect(await text(child.stdout)).toContain('canceled');
    expect(await closed).toBe(1);
  });
});

describe('validate', () => {
  it('answers for the other files when one can not be read', async () => {
    const good = await write('readable.json', { name: 'good', steps: [{ id: 'a', uses: 'core.noop' }] });
    const { code, stdout, stderr } = await run(['validate', 'nowhere.json', good, '--json']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      files: [
        {
          file: 'nowhere.json',
          valid: false,
          diagnostics: [
            {
              code: 'IA_PIPELINE_UNREADABLE',
              severity: 'error',
              path: '$',
              line: null,
              column: null,
              message: 'nowhere.json can not be read: there is no such file.',
              hint: null,
            },
          ],
        },
        { file: good, valid: true, diagnostics: [] },
      ],
    });
    const plain = await run(['validate', 'nowhere.json', good]);
    expect(plain.stdout).toContain('IA_PIPELINE_UNREADABLE');
    expect(plain.stdout).toContain(`${good}: valid`);
  });

  it('checks the input of http.request', async () => {
    const file = await write('request.json', {
      name: 'request',
      steps: [{ id: 'get', uses: 'http.request', with: { url: 'http://127.0.0.1/', metod: 'GET' } }],
    });
    const { code, stdout } = await run(['validate', file]);
    expect(code).toBe(1);
    expect(stdout).toContain("hint: Did you mean 'method'?");
  });

  it('answers with the findings of every file', async () => {
    const good = await write(
      'good.jsonc',
      '{ "name": "good", /* fine */ "steps": [{ "id": "a", "uses": "core.noop" }], }',
    );
    const bad = await write(
      'bad2.json',
      '{\n  "name": "bad",\n  "steps": [{ "id": "a", "uses": "core.noop", "tiemout": "5s" }]\n}',
    );
    const { code, stdout } = await run(['validate', good, bad, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      files: [
        { file: good, valid: true, diagnostics: [] },
        {
          file: bad,
          valid: false,
          diagnostics: [
            {
              code: 'IA_PIPELINE_UNKNOWN_KEY',
              severity: 'error',
              path: '$.steps[0].tiemout',
              line: 3,
              column: 58,
              message: "The key 'tiemout' is unknown here.",
              hint: "Did you mean 'timeout'?",
            },
          ],
        },
      ],
    });
  });

  it('shows the line that a finding is about', async () => {
    const bad = await write('bad3.json', '{\n\t"name": 5,\n  "steps": [{ "id": "a", "uses": "core.noop" }]\n}');
    const { stdout } = await run(['validate', bad]);
    expect(stdout).toContain(`at ${bad}:2:10 ($.name)`);
    expect(stdout).toContain('  2 |  "name": 5,\n    |          ^');
    expect(stdout).toContain('1 error, 0 warnings');
  });

  it('finds what is no UTF-8', async () => {
    const file = join(folder, 'latin1.json');
    const latin1 = '{\n  "name": "Köln",\n  "steps": [{ "id": "a", "uses": "core.noop" }]\n}';
    await writeFile(file, Buffer.from(latin1, 'latin1'));
    const { code, stdout } = await run(['validate', file, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).files[0].diagnostics).toContainEqual(
      expect.objectContaining({ code: 'IA_PIPELINE_TEXT', severity: 'error', line: 2, column: 13 }),
    );
  });

  it('takes warnings as findings only when it is strict', async () => {
    const file = await write('warned.json', {
      name: 'warned',
      steps: [{ id: 'a', uses: 'http.request', with: { url: 'http://127.0.0.1/' } }],
    });
    expect((await run(['validate', file])).code).toBe(0);
    expect((await run(['validate', file, '--strict'])).code).toBe(1);
  });
});

describe('the program', () => {
  it.each([
    [['validate']],
    [['run']],
    [['bogus']],
    [['run', 'nowhere.json']],
    [['validate', '.']],
    [['validate', '--bogus', 'x.json']],
  ])('takes %j as wrong usage', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('error:');
  });

  it('takes input that could be read in two ways as wrong usage', async () => {
    const file = await writeDoubling();
    const twice = await run(['run', file, '-i', '{"n": 1,\n  "deep": [{"a": 1, "b": {"a": 2}, "a": 3}]}']);
    expect(twice).toMatchObject({ code: 2, stdout: '' });
    expect(twice.stderr).toBe("error: --input names the key 'a' twice in one object, again at 2:36.\n");
    const half = await run(['run', file, '-i', '{"n": 1, "half": "\\ud800"}']);
    expect(half).toMatchObject({ code: 2, stderr: expect.stringContaining("'half' holds half of a surrogate pair") });
    const latin = join(folder, 'latin1.json');
    await writeFile(latin, Buffer.from('{"n": 1, "text": "\u00fc"}', 'latin1'));
    const broken = await run(['run', file, '-i', latin]);
    expect(broken).toMatchObject({ code: 2, stderr: `error: ${latin} is no UTF-8: save it as UTF-8.\n` });
  });

  it('takes input that is no object as wrong usage', async () => {
    const file = await writeDoubling();
    expect((await run(['run', file, '-i', '[1]'])).stderr).toContain('must hold an object');
    expect((await run(['run', file, '-i', '{oops'])).stderr).toContain('is no JSON');
    expect((await run(['run', file, '-i', ''])).stderr).toContain('--input is empty');
    expect((await run(['run', file, '-i', '{"n": 1e999}'])).stderr).toContain(
      "the number of 'n' is larger than numbers can be",
    );
  });

  it('tells its version and its commands', async () => {
    expect((await runProcess(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('validate');
  });

  it('ends quietly when nobody reads what it prints', async () => {
    const file = await write('many.json', {
      name: 'many',
      steps: Array.from({ length: 3_000 }, (_, index) => ({ id: `s${index}`, uses: 'core.nop' })),
    });
    const child = spawn(process.execPath, [BIN, 'validate', file], { cwd: folder });
    child.stdout.once('data', () => child.stdout.destroy());
    const closed = new Promise<number | null>((resolve) => {
      child.once('close', resolve);
    });
    expect(await text(child.stderr)).toBe('');
    expect(await closed).toBe(1);
  });
});
