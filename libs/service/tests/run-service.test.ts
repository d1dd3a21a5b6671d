import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const EXAMPLE = fileURLToPath(new URL('./example-service.ts', import.meta.url));

type Example = Readonly<{ child: ChildProcess; exit: Promise<number | null>; stderr: Promise<string> }>;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const spawnExample = (behaviour: string, env: Readonly<Record<string, string>> = { PORT: '0' }): Example => {
  const child = fork(EXAMPLE, [behaviour], {
    execArgv: ['--conditions=ia-src'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH, ...env },
  });
  children.push(child);
  const stderr = child.stderr === null ? Promise.resolve('') : text(child.stderr);
  return { child, exit: once(child, 'exit').then(([code]) => code as number | null), stderr };
};

const untilMessage = (child: ChildProcess, type: string): Promise<unknown> =>
  new Promise((resolve) => {
    child.on('message', (message: { readonly type: string }) => {
      if (message.type === type) resolve(message);
    });
  });

test('says when it is ready and where, and ends with 0 when it is told to', async () => {
  const { child, exit } = spawnExample('works');
  expect(await untilMessage(child, 'ready')).toEqual({ type: 'ready', url: 'http://localhost:1' });
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

test('ends when its parent is gone', async () => {
  const { child, exit } = spawnExample('works');
  await untilMessage(child, 'ready');
  child.disconnect();
  expect(await exit).toBe(0);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends one that is still starting', async (signal) => {
  const { child, exit } = spawnExample('starts for ever');
  await untilMessage(child, 'starting');
  child.kill(signal);
  expect(await exit).toBe(0);
});

test('ends when its parent is gone while it starts', async () => {
  const { child, exit } = spawnExample('starts for ever');
  await untilMessage(child, 'starting');
  child.disconnect();
  expect(await exit).toBe(0);
});

test('a wrong setting is said on one line, with exit code 2', async () => {
  const { exit, stderr } = spawnExample('works', {});
  expect(await exit).toBe(2);
  expect(await stderr).toMatch(/^IA_CONFIG_INVALID: .*PORT.* Set PORT\.\n$/);
});

test('a start that fails ends it with 1 and the reason', async () => {
  const { exit, stderr } = spawnExample('fails to start');
  expect(await exit).toBe(1);
  expect(await stderr).toContain('There is no disk.');
});

test('a stop that fails ends it with 1', async () => {
  const { child, exit } = spawnExample('fails to stop');
  await untilMessage(child, 'ready');
  child.kill('SIGTERM');
  expect(await exit).toBe(1);
});
