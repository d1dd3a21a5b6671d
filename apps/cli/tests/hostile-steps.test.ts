import { describe, expect, it } from 'vitest';
import { createFolder, runProcess } from './run-command.ts';

const SECRET = 'k-123456789';

const runStep = async (body: string, change: object = {}) => {
  await using folder = await createFolder({
    'secrets.json': { KEY: SECRET },
    'step.ts': `export const work = async (input: any) => { ${body} };`,
    'pipeline.json': {
      name: 'hostile',
      steps: [{ id: 'a', uses: './step.ts#work', with: { key: '{{ secrets.KEY }}' }, timeout: '20s', ...change }],
    },
  });
  const { code, stdout, stderr } = await runProcess(
    'run',
    `${folder.path}/pipeline.json`,
    '--secrets',
    `${folder.path}/secrets.json`,
    '--json',
  );
  return { code, result: JSON.parse(stdout) as Record<string, unknown>, stderr };
};

describe('a local step', () => {
  it.each(['0', '7', ''])('does not end the process by exit(%s)', async (exitCode) => {
    const { code, result } = await runStep(`process.exit(${exitCode})`);
    expect(code).toBe(1);
    expect(result).toMatchObject({ status: 'failed', error: { message: 'A local step tried to end the process.' } });
  });

  it.each([
    ['a timer', `setTimeout(() => { throw new TypeError('late ' + input.key); }); await new Promise(() => {});`],
    ['a promise', `Promise.reject(new TypeError('late ' + input.key)); await new Promise(() => {});`],
  ])('cancels the run when %s fails that nobody waits for', async (_what, body) => {
    const { code, result, stderr } = await runStep(body);
    expect(code).toBe(1);
    expect(result).toMatchObject({ status: 'canceled' });
    expect(stderr).toBe('error: A local step failed outside of its attempt: TypeError: late ***\n');
  });

  it('writes neither into the result nor shows a secret, however it prints', async () => {
    const { code, result, stderr } = await runStep(`
      for (const print of [console.log, console.dir, console.error]) print('seen ' + input.key);
      for (const stream of [process.stdout, process.stderr]) stream.write(Buffer.from('seen ' + input.key + '\\n'));
      await new Promise((resolve) => process.stdout.write('seen ' + input.key + '\\n', resolve));
    `);
    expect({ code, status: result['status'] }).toEqual({ code: 0, status: 'succeeded' });
    expect(stderr.match(/seen \*\*\*/g)).toHaveLength(6);
    expect(stderr).not.toContain(SECRET);
  });

  it.each([
    'throw new Proxy({}, { getPrototypeOf: () => { throw 1; } })',
    'throw Object.assign(new Error("x"), { message: { deep: 1n } })',
    'let value: any = input.key; for (let i = 0; i < 50_000; i += 1) value = [value]; return value',
  ])('fails by itself alone: %s', async (body) => {
    const { code, result } = await runStep(body);
    expect(code).toBe(1);
    expect(result).toMatchObject({ status: 'failed', steps: { a: { status: 'failed', output: null } } });
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });
});
