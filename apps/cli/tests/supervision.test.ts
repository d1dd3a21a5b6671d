import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createFolder } from './run-command.ts';

const BIN = fileURLToPath(new URL('../bin/ia-modules.mjs', import.meta.url));
const LIMIT = { timeout: 60_000 };

const STEPS = `
  const tell = (word) => process.stderr.write('<' + word + ' ' + process.pid + '>');
  export const spin = () => { tell('begun'); while (true); };
  export const wait = () => new Promise(() => {
    process.on('SIGINT', () => tell('interrupted'));
    setInterval(() => {}, 1000);
    tell('begun');
  });
  export const crash = () => process.kill(process.pid, 'SIGABRT');
`;

/** A run of one step; it is killed when the test ends, whatever it does. */
const startRun = async (step: string, change: object = {}) => {
  const folder = await createFolder({
    'steps.ts': STEPS,
    'pipeline.json': { name: 'p', steps: [{ id: 'a', uses: `./steps.ts#${step}`, timeout: '10m', ...change }] },
  });
  const child = spawn(process.execPath, [BIN, 'run', 'pipeline.json', '--json'], { cwd: folder.path });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const stdout = text(child.stdout);
  const said = async (word: string): Promise<number> => {
    const pattern = new RegExp(`<${word} (\\d+)>`);
    await expect.poll(() => stderr, { timeout: 30_000, interval: 20 }).toMatch(pattern);
    return Number(pattern.exec(stderr)?.[1]);
  };
  return {
    child,
    closed,
    said,
    stderr: () => stderr,
    result: async (): Promise<unknown> => JSON.parse(await stdout),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await closed;
      await folder[Symbol.asyncDispose]();
    },
  };
};

describe.skipIf(process.platform === 'win32')('a run with local steps', () => {
  it('is ended by a second interrupt when a step never yields', LIMIT, async () => {
    await using run = await startRun('spin');
    await run.said('begun');
    run.child.kill('SIGINT');
    run.child.kill('SIGTERM');
    expect(await run.closed).toBeGreaterThan(128);
    expect(await run.result()).toMatchObject({
      status: 'canceled',
      outputs: null,
      steps: {},
      events: 0,
      error: { code: 'IA_RUN_KILLED' },
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is ended by %s alone when nothing answers', LIMIT, async (signal, exitCode) => {
    await using run = await startRun('spin');
    await run.said('begun');
    run.child.kill(signal);
    expect(await run.closed).toBe(exitCode);
    expect(await run.result()).toMatchObject({
      status: 'canceled',
      error: { message: expect.stringContaining(signal) },
    });
  });

  it('is ended when a step goes on long after its timeout', LIMIT, async () => {
    await using run = await startRun('spin', { timeout: '1s' });
    expect(await run.closed).toBe(1);
    expect(await run.result()).toMatchObject({
      status: 'failed',
      error: { code: 'IA_TASK_TIMEOUT', message: "Attempt 1 of step 'a' did not end within 1000 ms." },
    });
  });

  it('ends by itself when its steps yield', LIMIT, async () => {
    await using run = await startRun('wait');
    await run.said('begun');
    run.child.kill('SIGTERM');
    expect(await run.closed).toBe(1);
    expect(await run.result()).toMatchObject({ status: 'canceled', steps: { a: { status: 'canceled' } } });
  });

  it('is interrupted once by a terminal, which interrupts both processes', LIMIT, async () => {
    await using run = await startRun('wait');
    process.kill(await run.said('begun'), 'SIGINT');
    await run.said('interrupted');
    run.child.kill('SIGINT');
    expect(await run.closed).toBe(1);
    expect(run.stderr().match(/<interrupted/g)).toHaveLength(1);
  });

  it('ends with the process that watches over it', LIMIT, async () => {
    await using run = await startRun('spin');
    await run.said('begun');
    run.child.kill('SIGKILL');
    expect(await run.closed).toBeNull();
  });

  it('tells when its process ends by a signal', LIMIT, async () => {
    await using run = await startRun('crash');
    expect(await run.closed).toBe(134);
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'IA_RUN_KILLED' } });
  });
});
