import { runCommand } from '@ia-modules/cli/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

let platform: PlatformAccess;

const HELLO = {
  name: 'hello',
  parameters: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  steps: [{ id: 'greet', uses: 'core.noop', with: { text: 'Hello {{ parameters.name }}' } }],
  outputs: { text: '{{ steps.greet.output.text }}' },
};
const BROKEN = { name: 'broken', steps: [{ id: 'fall', uses: 'core.fail', with: { message: 'no more' } }] };
const SLEEPER = { name: 'sleeper', steps: [{ id: 'sleep', uses: 'core.wait', with: { duration: '1h' } }] };

beforeAll(async () => {
  platform = await startPlatform();
  for (const definition of [HELLO, BROKEN, SLEEPER]) await platform.save(definition);
});

afterAll(() => platform?.stop());

describe('runs start and follow', () => {
  it('starts a pipeline by its name and prints what happens until it succeeded', async () => {
    const { code, stdout } = await platform.cli('runs', 'start', 'hello', '-p', '{"name": "Ada"}', '--follow');
    expect(stdout).toMatch(/greet succeeded\n/);
    expect(stdout).toContain('"text": "Hello Ada"');
    expect(code).toBe(0);
  });

  it('ends with 1 when the run failed, and says why', async () => {
    const { code, stdout } = await platform.cli('runs', 'start', 'broken', '-f');
    expect(stdout).toMatch(/failed: IA_RUN_ENDED: .*no more/);
    expect(code).toBe(1);
  });

  it('prints events as lines of JSON, the run last', async () => {
    const { stdout } = await platform.cli('runs', 'start', 'hello', '-p', '{"name": "Ada"}', '-f', '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: 'RunEvent', seq: 1, type: 'run_started' });
    expect(lines.at(-1)).toMatchObject({ kind: 'Run', status: 'succeeded', outputs: { text: 'Hello Ada' } });
    const { cursor } = lines.at(-3);
    const rest = await platform.cli('runs', 'follow', lines.at(-1).id, '--after', cursor, '--json');
    expect(rest.stdout.trim().split('\n')).toHaveLength(2);
  });

  it('starts one run under one idempotency key', async () => {
    const args = ['runs', 'start', 'hello', '-p', '{"name": "Ada"}', '--idempotency-key', 'monday'];
    const first = await platform.json(...args);
    const second = await platform.json(...args);
    expect(second.run.id).toBe(first.run.id);
  });

  it('says what is wrong with the parameters', async () => {
    const { code, stderr } = await platform.cli('runs', 'start', 'hello');
    expect(stderr).toMatch(/^error IA_[A-Z_]+: /);
    expect(stderr).toContain('name');
    expect(code).toBe(1);
    expect(await platform.json('runs', 'start', 'hello')).toMatchObject({ error: { diagnostics: [{}] } });
  });

  it('says that there is no such pipeline', async () => {
    const { code, stderr } = await platform.cli('runs', 'start', 'hell');
    expect(stderr).toContain("error IA_API_NOT_FOUND: There is no pipeline 'hell'");
    expect(code).toBe(1);
  });
});

describe('runs list, show and cancel', () => {
  it('lists runs by pipeline and status', async () => {
    await platform.cli('runs', 'start', 'broken', '-f');
    const { stdout } = await platform.cli('runs', 'list', '--pipeline', 'broken', '--status', 'failed');
    expect(stdout).toMatch(/^ID +PIPELINE +STATUS/);
    expect(stdout).toMatch(/broken +failed/);
    const { runs } = await platform.json('runs', 'list', '--limit', '1');
    expect(runs).toHaveLength(1);
    const none = await platform.cli('runs', 'list', '--pipeline', 'broken', '--status', 'succeeded');
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'No runs.\n' });
  });

  it('shows a run by its UUID and by its global id', async () => {
    const { run } = await platform.json('runs', 'start', 'sleeper');
    const uuid = (await platform.cli('runs', 'list', '--limit', '1')).stdout.split('\n')[1]?.split(' ')[0] ?? '';
    const { stdout } = await platform.cli('runs', 'show', uuid);
    expect(stdout).toContain(uuid);
    expect(stdout).toMatch(/sleep +\w+/);
    expect(await platform.json('runs', 'show', run.id)).toMatchObject({ id: run.id, steps: [{ stepId: 'sleep' }] });
  });

  it('cancels a run', async () => {
    const { run } = await platform.json('runs', 'start', 'sleeper');
    const { code } = await platform.cli('runs', 'cancel', run.id, '--reason', 'enough');
    expect(code).toBe(0);
    const followed = await platform.cli('runs', 'follow', run.id);
    expect(followed.stdout).toMatch(/run canceled: enough/);
    expect(followed.code).toBe(1);
  });

  it('tells an id of nothing from an id', async () => {
    const uuid = '00000000-0000-4000-8000-000000000000';
    expect((await platform.cli('runs', 'show', uuid)).stderr).toContain(
      `error IA_API_NOT_FOUND: There is no run ${uuid}`,
    );
    expect((await platform.cli('runs', 'show', 'x')).stderr).toContain("'x' is no id of a run");
  });
});

describe('the connection', () => {
  it('says that the API does not answer, with exit code 3', async () => {
    const { code, stderr } = await runCommand('runs', 'list', '--api', 'http://localhost:1/graphql', '--token', 'ia_x');
    expect(stderr).toMatch(/^error IA_CLI_API_UNREACHABLE: .*\nhint: /);
    expect(code).toBe(3);
  });

  it('says that what answers is no GraphQL API', async () => {
    const { code, stderr } = await runCommand(
      'runs',
      'list',
      '--api',
      `${platform.api.url}/healthz`,
      '--token',
      'ia_x',
    );
    expect(stderr).toContain('error IA_CLI_API_ANSWER');
    expect(code).toBe(3);
  });

  it('asks for a token, and refuses a wrong one without repeating it', async () => {
    const none = await runCommand('runs', 'list', '--api', platform.api.graphqlUrl);
    expect(none.stderr).toContain('error IA_API_UNAUTHENTICATED');
    const wrong = await runCommand('runs', 'list', '--api', platform.api.graphqlUrl, '--token', 'ia_wrong');
    expect(wrong.stderr).toContain('error IA_API_UNAUTHENTICATED');
    expect(wrong.stderr + wrong.stdout).not.toContain('ia_wrong');
    expect(wrong.code).toBe(1);
  });

  it('names the tenants when the one asked for is none of them', async () => {
    const { stderr } = await platform.cli('runs', 'list', '--tenant', 'other');
    expect(stderr).toContain(
      "error IA_CLI_TENANT: The token does not belong to a tenant 'other'.\nhint: It belongs to: acme.",
    );
  });
});
