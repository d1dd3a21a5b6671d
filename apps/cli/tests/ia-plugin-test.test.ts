import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runPluginCommand } from '../src/plugin/testing.ts';

// Bundling, sandboxes, npm and node's tests are processes of their own, and a test starts up to ten.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const FIXTURE = 'fixtures/greet.json';

let folder: string;
let server: Server;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ia-plugin-test-'));
  await runPluginCommand('init', folder, '--name', '@acme/tested');
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ greeting: `Salut ${request.headers.authorization ?? ''}` }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const read = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');
const edit = async (file: string, change: (text: string) => string): Promise<void> =>
  writeFile(path.join(folder, file), change(await read(file)));

describe('ia-plugin test', () => {
  it('shows in what a fixture differs, and writes it when asked', async () => {
    await edit(FIXTURE, (text) => text.replace('Hello Ada!', 'Bonjour Ada!'));
    const failed = await runPluginCommand('test', folder);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('output.greeting: expected "Bonjour Ada!", got "Hello Ada!"');
    expect((await runPluginCommand('test', folder, '--update')).stdout).toMatch(/greets Ada \(\d+ ms, written\)/);
    expect(await read(FIXTURE)).toContain('Hello Ada!');
    expect((await runPluginCommand('test', folder)).code).toBe(0);
  });

  it('fills in a fixture that expects nothing yet', async () => {
    const before = await read(FIXTURE);
    await edit(FIXTURE, (text) => text.replace(/"expect": \{[\s\S]*\}(?=\s*\}\s*$)/, '"expect": {}'));
    const refused = await runPluginCommand('test', folder);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('must expect something')]);
    for (const flag of ['--update', '--record']) {
      await edit(FIXTURE, (text) => text.replace(/"expect": \{[\s\S]*\}(?=\s*\}\s*$)/, '"expect": {}'));
      expect(await runPluginCommand('test', folder, flag)).toMatchObject({ code: 0 });
      expect(JSON.parse(await read(FIXTURE))).toMatchObject({ expect: { output: { greeting: 'Hello Ada!' } } });
    }
    await writeFile(path.join(folder, FIXTURE), before);
  });

  it('fails with a test of the author', async () => {
    await edit('tests/greet.test.ts', (text) => text.replace('Hello Ada!', 'Bonjour Ada!'));
    const { code, stdout } = await runPluginCommand('test', folder);
    expect([code, stdout]).toEqual([1, expect.stringContaining('✖ greets by name')]);
    await edit('tests/greet.test.ts', (text) => text.replace('Bonjour Ada!', 'Hello Ada!'));
  });

  it('tells of what failed after a call', async () => {
    const before = await read('src/greet.ts');
    await edit('src/greet.ts', (text) => text.replace('ctx.logger', 'void ctx.clock.sleep(60_000);\n    ctx.logger'));
    const { code, stdout } = await runPluginCommand('test', folder);
    expect([code, stdout]).toEqual([0, expect.stringContaining('after a call: unhandled rejection')]);
    await writeFile(path.join(folder, 'src/greet.ts'), before);
  });

  it('tells a plugin the time of its fixture', async () => {
    const before = [await read('src/greet.ts'), await read(FIXTURE)] as const;
    await edit('src/greet.ts', (text) =>
      text.replace(
        /run: \([\s\S]+?\n {2}\},\n/,
        `run: async (_input, ctx) => {
    await ctx.clock.sleep(3_600_000);
    return { greeting: new Date(ctx.clock.now()).toISOString() };
  },\n`,
      ),
    );
    await edit(FIXTURE, (text) =>
      text
        .replace('"expect"', '"now": "2026-12-24T18:00:00Z",\n  "expect"')
        .replace('Hello Ada!', '2026-12-24T19:00:00.000Z'),
    );
    expect(await runPluginCommand('test', folder)).toMatchObject({ code: 0 });
    await writeFile(path.join(folder, 'src/greet.ts'), before[0]);
    await writeFile(path.join(folder, FIXTURE), before[1]);
  });

  it('records requests without secrets, and answers from what it recorded', async () => {
    await edit('package.json', (text) =>
      text.replace('"net": []', `"net": ["127.0.0.1:${port}"]`).replace('"secrets": []', '"secrets": ["GREETING_KEY"]'),
    );
    await edit('src/greet.ts', (text) =>
      text.replace(
        /run: \([\s\S]+?\n {2}\},\n/,
        `run: async (_input, ctx) => {
    const headers = { authorization: String(ctx.secrets['GREETING_KEY']) };
    const response = await ctx.fetch('http://127.0.0.1:${port}/hello', { headers });
    return (await response.json()) as { greeting: string };
  },\n`,
      ),
    );
    await edit(FIXTURE, (text) => text.replace('"expect"', '"secrets": { "GREETING_KEY": "***" },\n  "expect"'));
    const offline = await runPluginCommand('test', folder);
    expect([offline.code, offline.stdout]).toEqual([1, expect.stringContaining('IA_PLUGIN_NET_TAPE')]);

    vi.stubEnv('IA_SECRET_GREETING_KEY', 'a-very-private-key');
    const egress = ['--egress-allow', `127.0.0.1:${port}`];
    const recorded = await runPluginCommand('test', folder, '--record', '--update', ...egress);
    expect(recorded).toMatchObject({ code: 0 });
    vi.stubEnv('IA_SECRET_GREETING_KEY', '');
    expect(await read(FIXTURE)).not.toContain('a-very-private-key');
    expect(JSON.parse(await read(FIXTURE))).toMatchObject({
      http: [{ request: { method: 'GET', url: `http://127.0.0.1:${port}/hello` }, response: { status: 200 } }],
    });
    server.close();
    const replayed = await runPluginCommand('test', folder);
    expect(replayed).toMatchObject({ code: 0 });
  });
});
