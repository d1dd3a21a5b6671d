import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const { access } = inject('platform');
const FIVE_MINUTES_MS = 300_000;
const HEADING = '## From an empty folder to a running plugin in five minutes';

type Result = Readonly<{ code: number; stdout: string; stderr: string }>;

let home: string;

beforeAll(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'ia-five-minutes-'));
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The blocks of a language in the section of the guide, as they stand there. */
const blocks = (language: string): readonly string[] => {
  const guide = readFileSync(path.join(root, 'docs/plugins.md'), 'utf8');
  const section = guide.slice(guide.indexOf(HEADING) + HEADING.length).split(/^## /m, 1)[0] ?? '';
  return [...section.matchAll(/^```(?<name>\w+)\n(?<body>[\s\S]*?)^```$/gm)]
    .filter(({ groups }) => groups?.['name'] === language)
    .map(({ groups }) => groups?.['body'] ?? '');
};

/** Runs a script as an author does, with settings and a home of its own. */
const shell = (script: string): Promise<Result> =>
  new Promise((resolve) => {
    const env = {
      PATH: `${path.join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      HOME: home,
      IA_API_URL: access.graphql,
      IA_REGISTRY_URL: access.registry,
      IA_API_TOKEN: access.demo.apiToken,
      npm_config_update_notifier: 'false',
    };
    execFile('bash', ['-e', '-c', script], { cwd: home, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });

test('the guide leads from an empty folder to the output of a run', { timeout: FIVE_MINUTES_MS }, async () => {
  const startedAt = performance.now();
  const { code, stdout, stderr } = await shell(blocks('sh').join('\n'));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.info(`From an empty folder to the output of a run: ${seconds} s.`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^run \S+ started\n$/) });
  expect(stdout).toContain(blocks('text').join('').trimEnd());
  expect(stdout).toContain('No problems were found.');
  expect(stdout).toContain('1 of 1 fixtures and 1 files of tests: passed');
  expect(stdout).toContain('@community/greetings@0.1.0 is published.');
  expect(statSync(path.join(home, '.npmrc')).mode & 0o077).toBe(0);
});

test('a tenant sees what it has installed, and what there is', async () => {
  expect((await shell('ia-plugin list')).stdout).toMatch(/^@community\/greetings +0\.1\.0 +0\.1\.0 +- +-$/m);
  expect((await shell('ia-plugin search greets')).stdout).toMatch(/^@community\/greetings +0\.1\.0 +everybody /m);
  const { stdout } = await shell('ia-plugin info @community/greetings@^0.1.0');
  expect(stdout).toMatch(/^plugin +@community\/greetings@0\.1\.0$/m);
  expect(stdout).toMatch(/^hosts +none$/m);
  expect(stdout).toMatch(/^step +greet +Greet +Greets somebody by name\.$/m);
  expect(stdout).toContain('# @community/greetings');
  expect(await shell('ia-plugin info @community/nothing')).toMatchObject({ code: 1 });
  expect(await shell('ia-plugin info nothing')).toMatchObject({ code: 2 });
});

test('a version is published once, and npm publishes as well', async () => {
  const again = await shell('cd greetings && ia-plugin publish');
  expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('is published already')]);
  const byNpm = await shell(
    `cd greetings && npm version 0.1.1 --no-git-tag-version && npm publish --registry "$IA_REGISTRY_URL"`,
  );
  expect(byNpm).toMatchObject({ code: 0 });
  expect((await shell('ia-plugin list')).stdout).toMatch(/^@community\/greetings +0\.1\.0 +0\.1\.1 /m);
});

test('what the registry refuses is told with a hint', async () => {
  const script = 'ia-plugin init reserved --name @ia-modules/reserved && ia-plugin publish reserved';
  const { code, stdout } = await shell(script);
  expect({ code, stdout }).toMatchObject({ code: 1 });
  expect(stdout).toMatch(
    /error IA_REGISTRY_FORBIDDEN: The scope @ia-modules is reserved\.\n {2}Name the package @[\w-]+\/… or @community\/…\.\n/,
  );
});

test('an upgrade that asks for more needs consent', async () => {
  const widen = `cd greetings && npm version 0.1.2 --no-git-tag-version &&
    sed -i 's/"net": \\[\\]/"net": ["api.example.com"]/; s/"secrets": \\[\\]/"secrets": ["GREETING_KEY"]/' package.json &&
    npm publish --ignore-scripts --registry "$IA_REGISTRY_URL"`;
  const published = await shell(widen);
  expect(published).toMatchObject({ code: 0 });
  const planned = await shell('ia-plugin upgrade @community/greetings --dry-run');
  expect(planned.stdout).toBe(
    '@community/greetings  0.1.0 → 0.1.2\n  + host api.example.com\n  + secret GREETING_KEY\n' +
      '  pipeline hello-plugin (0.1.0; steps hello): validates with it\n',
  );
  const unattended = await shell('ia-plugin upgrade @community/greetings');
  expect([unattended.code, unattended.stderr]).toEqual([2, expect.stringContaining('--grant-all')]);
  const granted = await shell('ia-plugin upgrade @community/greetings --grant-all');
  expect(granted).toMatchObject({ code: 0 });
  expect((await shell('ia-plugin list')).stdout).toMatch(/ 0\.1\.2 +0\.1\.2 +api\.example\.com +GREETING_KEY$/m);
});

test('an installation that asks for something needs consent, and tells of missing secrets', async () => {
  const unattended = await shell('ia-plugin install @community/greetings');
  expect([unattended.code, unattended.stderr]).toEqual([2, expect.stringContaining('It asks for permissions')]);
  const granted = await shell('ia-plugin install @community/greetings --secret GREETING_KEY');
  expect([granted.code, granted.stderr]).toEqual([0, expect.stringContaining('There is no secret GREETING_KEY yet.')]);
  const tooMuch = await shell('ia-plugin install @community/greetings --net elsewhere.example');
  expect([tooMuch.code, tooMuch.stderr]).toEqual([1, expect.stringContaining('does not ask for elsewhere.example')]);
});

test('a plugin that a pipeline uses stays, and any other goes', async () => {
  const refused = await shell('ia-plugin uninstall @community/greetings');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('hello-plugin')]);
});

test('a deprecation is seen, and taken back', async () => {
  const deprecate = 'ia-plugin deprecate @community/greetings@0.1.0 "Greets nobody." --replacement @community/hello';
  expect((await shell(deprecate)).stdout).toBe('@community/greetings@0.1.0 is deprecated.\n');
  const shown = async () => (await shell('ia-plugin info @community/greetings@0.1.0')).stdout;
  expect(await shown()).toMatch(/^deprecated +Greets nobody\. Use @community\/hello instead\.$/m);
  expect((await shell('ia-plugin deprecate @community/greetings@0.1.0 ""')).code).toBe(0);
  expect(await shown()).toMatch(/^deprecated +no$/m);
});
