import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runCommand } from '../src/testing.ts';

const PAGES = ['cli-runs', 'access'].map((name) => new URL(`../../../docs/${name}.md`, import.meta.url));

const commands = PAGES.flatMap((page) => [
  ...readFileSync(page, 'utf8').matchAll(/^```sh\n(?<lines>.*?)^```$/gms),
]).flatMap(({ groups }) => (groups?.['lines'] ?? '').trim().split('\n'));

/** The words of a line as a shell splits them: apart at spaces, together in single quotes. */
const split = (line: string): readonly string[] =>
  [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));

it('finds the commands', () => {
  expect(commands.length).toBeGreaterThan(30);
  expect(commands.filter((line) => !line.startsWith('ia-modules '))).toEqual([]);
});

/** Nothing listens on this port: a command that gets so far was understood. */
const NOWHERE = 'http://localhost:1/graphql';

it.each(commands)('%s is a command that there is', async (line) => {
  const args = split(line).slice(1);
  const { code, stderr } = await runCommand(...args.map(standIn), '--api', NOWHERE, '--token', 'ia_x');
  expect(stderr).toMatch(/^error IA_CLI_API_UNREACHABLE: /);
  expect(code).toBe(3);
});

/** The files that the page speaks of. */
const standIn = (word: string): string => (word === '@order.json' ? '{}' : word);
