import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Prints which modules the list of built-ins loads, and which the code of one of them. */
const SCRIPT = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
const { BUILT_IN_PLUGINS } = await import('@ia-modules/built-in-plugins');
const listed = [...loaded];
await BUILT_IN_PLUGINS.get('csv').load();
process.stdout.write(JSON.stringify({ listed, later: loaded.slice(listed.length) }));
`;

it('loads manifests alone: the code of a plugin and its libraries come when it is used', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=ia-src', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', SCRIPT],
    { cwd: fileURLToPath(new URL('..', import.meta.url)) },
  );
  const { listed, later } = JSON.parse(stdout) as { readonly listed: string[]; readonly later: string[] };
  const code = (urls: string[]): string[] =>
    urls.filter((url) => url.includes('/plugins/') && !url.endsWith('/package.json'));
  expect(code(listed)).toEqual([]);
  const drivers = /node_modules\/(?:knex|nodemailer|redis|ioredis|date-holidays|csv-parse|croner|validator|saxes)\//;
  expect(listed.filter((url) => drivers.test(url))).toEqual([]);
  expect(code(later)).not.toEqual([]);
  expect(later.some((url) => drivers.test(url))).toBe(true);
});
