import packageJson from '../package.json' with { type: 'json' };
import { spawnSync } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@ia-modules/plugin-sdk';
import { createTestbed } from '@ia-modules/plugin-testbed';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { plugin } from '../src/index.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ia-shell-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const bedWith = (settings: Record<string, string> = { allowShell: 'true' }) =>
  createTestbed({ plugin, packageJson, filesRoot: folder, settings });
const run = (input: Record<string, Json>, signal?: AbortSignal) => bedWith().step('run', input, signal);

/** Ended ones stay listed where nobody waits for them, as in some containers. */
const isGone = (pid: number): boolean => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() === '' || stdout.startsWith('Z');
};

describe('shell.run', () => {
  it.each([{}, { allowShell: 'false' }, { allowShell: '1' }])('is refused under the settings %j', async (settings) => {
    await expect(bedWith(settings).step('run', { command: 'true' })).rejects.toMatchObject({
      code: 'IA_PLUGIN_SHELL_DENIED',
      retryable: false,
    });
  });

  it('hands arguments over as they are', async () => {
    const args = ['$(id)', '; rm -rf /', '"quoted" \n', '*'];
    const { stdout } = await run({ command: 'printf', args: ['[%s]', ...args] });
    expect(stdout).toBe(args.map((arg) => `[${arg}]`).join(''));
  });

  it('has a shell read the command only when asked', async () => {
    await expect(run({ command: 'echo a | tr a b' })).rejects.toMatchObject({ name: 'CommandNotFoundError' });
    expect(await run({ command: 'echo "$1" | tr a b', args: ['$(a)'], shell: true })).toMatchObject({
      stdout: '$(b)\n',
    });
  });

  it('passes nothing of its own environment on', async () => {
    vi.stubEnv('SECRET_OF_OPERATOR', 'hush');
    const { stdout } = await run({ command: 'env', env: { MINE: 'yes' } });
    const names = (stdout as string)
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(new Set(names)).toEqual(new Set(['HOME', 'LANG', 'MINE', 'PATH', 'TMPDIR']));
    vi.unstubAllEnvs();
  });

  it("runs in the tenant's folder and reads what it is given", async () => {
    expect(await run({ command: 'pwd' })).toMatchObject({ stdout: `${join(folder, 'shell')}\n` });
    expect(await run({ command: 'cat', stdin: 'Grüße' })).toMatchObject({ exit_code: 0, stdout: 'Grüße' });
    expect(await run({ command: 'true', stdin: 'x'.repeat(1_000_000) })).toMatchObject({ exit_code: 0 });
    await expect(run({ command: 'pwd', folder: '..' })).rejects.toMatchObject({ code: 'IA_PLUGIN_FILE_DENIED' });
  });

  it('maps exit codes', async () => {
    const exit = (code: number, more: Record<string, Json> = {}) =>
      run({ command: `echo why >&2; exit ${code}`, shell: true, ...more });
    await expect(exit(3)).rejects.toMatchObject({
      name: 'ExitCodeError',
      retryable: false,
      details: { exit_code: 3, stderr: 'why\n' },
    });
    await expect(exit(75)).rejects.toMatchObject({ retryable: true });
    expect(await exit(3, { ok_exit_codes: [0, 3] })).toMatchObject({ exit_code: 3, stderr: 'why\n' });
    await expect(run({ command: 'kill -9 $$', shell: true })).rejects.toThrow('ended by SIGKILL');
  });

  it('keeps the beginning of the output and logs its lines', async () => {
    const bed = bedWith();
    const { stdout, truncated } = await bed.step('run', {
      command: 'yes line | head -n 5000; echo oops >&2',
      shell: true,
      max_output_bytes: 9,
    });
    expect({ stdout, truncated }).toEqual({ stdout: 'line\nline', truncated: true });
    expect(bed.logs.filter(({ message }) => message === 'line')).toHaveLength(1_000);
    expect(bed.logs).toContainEqual({ level: 'warn', message: 'oops' });
  });

  it('ends the whole group when the time is up, also what ignores the first signal', async () => {
    const bed = bedWith();
    await expect(
      bed.step('run', {
        command: "trap '' TERM; sleep 100 & echo $!; while :; do sleep 0.1; done",
        shell: true,
        timeout_ms: 200,
      }),
    ).rejects.toMatchObject({ name: 'TimeoutError', details: { outcome: 'unknown' } });
    expect(isGone(Number(bed.logs[0]?.message))).toBe(true);
  });

  it('ends when the run is canceled', async () => {
    const controller = new AbortController();
    const started = run({ command: 'touch started; sleep 100', shell: true, folder: 'canceled' }, controller.signal);
    await vi.waitFor(() => access(join(folder, 'canceled/started')), { timeout: 10_000 });
    controller.abort(new Error('canceled by a person'));
    await expect(started).rejects.toMatchObject({ code: 'IA_PLUGIN_CANCELED' });
  });

  it('leaves nothing in the background', async () => {
    const { stdout } = await run({ command: 'sleep 100 & echo $!', shell: true });
    await vi.waitFor(() => expect(isGone(Number(stdout))).toBe(true));
  });
});
