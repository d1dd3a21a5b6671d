import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../src/testing.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ia-modules-format-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const write = async (name: string, content: unknown): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

const PIPELINE = { steps: [{ uses: 'core.noop', id: 'a' }], name: 'x' };
const FORMATTED = `${JSON.stringify({ name: 'x', steps: [{ id: 'a', uses: 'core.noop' }] }, null, 2)}\n`;

/** A grade that two ways lead to, as the Python original wrote it. */
const OLD = {
  name: 'Grading',
  version: '1.0',
  parameters: [
    { name: 'score', schema: { type: 'integer' }, required: true },
    { name: 'limit', schema: { type: 'integer' }, default: 50 },
  ],
  steps: [
    {
      id: 'measure',
      step_class: 'Measure',
      module: 'steps.grading',
      inputs: [{ name: 'n', source: '{parameters.score}' }],
    },
    { id: 'praise', step_class: 'Say', module: 'steps.grading', config: { text: 'well done' } },
    { id: 'warn', step_class: 'Say', module: 'steps.grading', config: { text: 'try again' } },
    {
      id: 'report',
      step_class: 'Say',
      module: 'steps.grading',
      inputs: [{ name: 'text', source: '{steps.praise.output.text}|{steps.warn.output.text}' }],
      outputs: ['text'],
    },
  ],
  flow: {
    start_at: 'measure',
    paths: [
      ...[
        ['praise', '>='],
        ['warn', '<'],
      ].map(([to, operator]) => ({
        from_step: 'measure',
        to_step: to,
        condition: { type: 'threshold_condition', config: { field: 'n', operator, value: '{{ parameters.limit }}' } },
      })),
      { from_step: 'praise', to_step: 'report', condition: { type: 'always' } },
      { from_step: 'warn', to_step: 'report', condition: { type: 'always' } },
    ],
  },
  outputs: { text: '{{ report.text }}' },
};

const STEPS = `export class Measure { run({ n }: { n: number }) { return { n }; } }
export class Say { run({ text }: { text: string }) { return { text }; } }
`;

it('prints what it formats and leaves the file alone', async () => {
  const file = await write('print.json', PIPELINE);
  expect(await runCommand('format', file)).toEqual({ code: 0, stdout: FORMATTED, stderr: '' });
  expect(await readFile(file, 'utf8')).toBe(JSON.stringify(PIPELINE));
});

it('checks, writes, and finds nothing more to do', async () => {
  const file = await write('write.json', PIPELINE);
  expect(await runCommand('format', '--check', file)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `${file}: would change\n`,
  });
  expect(await runCommand('format', '--write', file)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: `${file}: changed\n`,
  });
  expect(await readFile(file, 'utf8')).toBe(FORMATTED);
  expect(await runCommand('format', '--check', file)).toMatchObject({ code: 0, stderr: `${file}: as it should be\n` });
});

it('keeps the comments of a .jsonc file', async () => {
  const file = await write('comments.jsonc', '{"name": "x", // why\n"steps": [{"id": "a", "uses": "core.noop"}]}');
  expect((await runCommand('format', file)).stdout).toContain('// why\n');
});

it('refuses what it can not read', async () => {
  const file = await write('broken.json', '{"name": ');
  const { code, stdout, stderr } = await runCommand('format', '--write', file);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('IA_PIPELINE_SYNTAX');
  expect(await readFile(file, 'utf8')).toBe('{"name": ');
  expect(await runCommand('format', '--check', '--write', file)).toMatchObject({ code: 2 });
  expect(await runCommand('format', join(folder, 'missing.json'))).toMatchObject({ code: 2 });
});

it('upgrades an older dialect, reports each rewrite, and the result runs as the source did', async () => {
  await mkdir(join(folder, 'steps'));
  await write('steps/grading.ts', STEPS);
  const file = await write('old.json', OLD);
  expect((await runCommand('format', file)).stderr).toContain('--upgrade rewrites it');
  const run = async (score: number): Promise<unknown> => {
    const { code, stdout } = await runCommand('run', file, '--json', '--input', JSON.stringify({ score }));
    const { status, outputs } = JSON.parse(stdout) as { status: string; outputs: unknown };
    return { code, status, outputs };
  };
  const before = [await run(80), await run(20)];
  expect(before).toEqual([
    { code: 0, status: 'succeeded', outputs: { text: 'well done' } },
    { code: 0, status: 'succeeded', outputs: { text: 'try again' } },
  ]);

  const upgraded = await runCommand('format', '--upgrade', '--write', '--json', file);
  expect(upgraded.code).toBe(0);
  const { files } = JSON.parse(upgraded.stdout) as {
    files: { changed: boolean; diagnostics: { path: string; line: number }[] }[];
  };
  expect(files).toMatchObject([{ file, changed: true, upgradable: false }]);
  const paths = files[0]?.diagnostics.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      '$.parameters',
      '$.steps[0].step_class',
      '$.flow.paths[0].condition',
      '$.outputs.text',
      '$.version',
    ]),
  );

  const validated = await runCommand('validate', '--json', file);
  expect(JSON.parse(validated.stdout)).toMatchObject({ files: [{ valid: true }] });
  expect(validated.stdout).not.toContain('IA_PIPELINE_IMPORT');
  expect([await run(80), await run(20)]).toEqual(before);
  expect((await runCommand('format', '--check', '--upgrade', file)).code).toBe(0);
});

it('writes what it could rewrite and ends with 1 when something is left over', async () => {
  const [measure] = OLD.steps;
  const file = await write('leftover.json', {
    ...OLD,
    steps: [measure, { id: 'choose', type: 'condition' }],
    flow: {},
    outputs: {},
  });
  const { code, stderr } = await runCommand('format', '--upgrade', '--write', file);
  expect(code).toBe(1);
  expect(stderr).toContain('IA_PIPELINE_IMPORT_LEFTOVER');
  const written = JSON.parse(await readFile(file, 'utf8')) as { steps: unknown[] };
  expect(written.steps).toMatchObject([{ uses: './steps/grading.ts#Measure' }, { id: 'choose', type: 'condition' }]);
});
