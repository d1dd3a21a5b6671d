import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BenchmarkReport, parseReport, summarize } from '@ia-modules/benchmark';
import { runCommand } from '@ia-modules/cli/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

let platform: PlatformAccess;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bench-'));
  platform = await startPlatform();
});
afterAll(async () => {
  await platform?.stop();
  await rm(folder, { recursive: true });
});

const write = async (name: string, content: object): Promise<string> => {
  const file = path.join(folder, name);
  await writeFile(file, JSON.stringify(content));
  return file;
};

const PIPELINE = {
  name: 'measured',
  steps: [
    { id: 'wait', uses: 'core.wait', with: { duration: '5ms' } },
    { id: 'end', uses: 'core.noop' },
  ],
  flow: { transitions: [{ from: 'wait', to: 'end' }] },
};

it('measures a pipeline and its steps', async () => {
  const file = await write('pipeline.json', PIPELINE);
  const output = path.join(folder, 'report.json');
  const { code, stdout } = await runCommand('bench', 'run', file, '--rounds', '5', '--output', output);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^run +5 .* ms/m);
  const { report } = parseReport(JSON.parse(await readFile(output, 'utf8')));
  const [run, wait] = report?.cases ?? [];
  expect(run).toMatchObject({ name: 'run', unit: 'ms', isLowerBetter: true, summary: { count: 5 } });
  expect(wait).toMatchObject({ name: 'step wait' });
  expect(run?.summary.median).toBeGreaterThanOrEqual(wait?.summary.median ?? Number.NaN);
});

it('prints the report where it has no file, and stops at a run that fails', async () => {
  const { stdout } = await runCommand(
    'bench',
    'run',
    await write('short.json', PIPELINE),
    '--rounds',
    '1',
    '--warm-up',
    '0',
  );
  expect(parseReport(JSON.parse(stdout)).problems).toEqual([]);
  const fails = { name: 'fails', steps: [{ id: 'never', uses: 'core.wait', with: { duration: '{{ 1 / 0 }}' } }] };
  const failed = await runCommand('bench', 'run', await write('fails.json', fails));
  expect(failed).toMatchObject({ code: 1, stdout: '' });
});

const reportOf = (middle: number): BenchmarkReport => {
  const samples = [0.98, 0.99, 1, 1.01, 1.02, 1, 0.995].map((share) => share * middle);
  return {
    format: 1,
    measuredAt: '2026-01-31T09:00:00Z',
    machine: { cpu: 'test', cores: 2, memoryGb: 4, node: '26.0.0' },
    cases: [{ name: 'run', unit: 'ms', isLowerBetter: true, summary: summarize(samples), samples }],
  };
};

it('uploads reports, lists them, and fails a build when the later one is slower', async () => {
  const upload = async (label: string, middle: number): Promise<string> => {
    const file = await write(`${label}.json`, reportOf(middle));
    const { stdout, stderr, code } = await platform.cli('bench', 'upload', file, '--name', 'orders', '--label', label);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    return stdout.trim();
  };
  const [base, slower, same] = [await upload('v1', 100), await upload('v2', 130), await upload('v3', 100.4)];
  const history = await platform.cli('bench', 'history', 'orders');
  expect(history.stdout).toMatch(/v3[\s\S]*v2[\s\S]*v1/);
  expect((await platform.cli('bench', 'history', 'none')).stderr).toBe('No reports.\n');

  const compared = await platform.cli('bench', 'compare', base, slower);
  expect(compared.code).toBe(1);
  expect(compared.stdout).toMatch(/^v1 → v2, threshold 5 %\n/);
  expect(compared.stdout).toMatch(/run +100 ms +130 ms +×1\.30 \(1\.\d+ to 1\.\d+\) +slower/);
  expect((await platform.cli('bench', 'compare', base, slower, '--threshold', '0.5')).code).toBe(0);
  expect((await platform.cli('bench', 'compare', base, same)).stdout).toContain('same');
  expect((await platform.json('bench', 'compare', slower, base)).cases).toMatchObject([{ verdict: 'FASTER' }]);
});

it('says what is no report, and which are not there', async () => {
  const file = await write('wrong.json', { format: 1 });
  const refused = await platform.cli('bench', 'upload', file, '--name', 'orders', '--label', 'v1');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('is no report: $.measuredAt');
  const nobody = '00000000-0000-4000-8000-000000000000';
  expect(await platform.cli('bench', 'compare', nobody, nobody)).toMatchObject({ code: 1 });
});
