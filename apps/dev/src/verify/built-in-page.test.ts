import { expect, it } from 'vitest';
import { renderBuiltInPage } from './built-in-page.ts';

const packageOf = (alias: string, contributions: object) => ({
  alias,
  packageJson: {
    name: `@ia-modules/plugin-${alias}`,
    version: '1.0.0',
    description: `About ${alias}.`,
    iaModules: { apiVersion: 1, contributions },
  },
});

it('lists every contribution below its package, in alphabetical order', () => {
  const page = renderBuiltInPage([
    packageOf('b', {
      steps: [{ name: 'go', title: 'Go', description: 'Goes | runs.' }],
      hooks: [{ name: 'tell', title: 'T' }],
    }),
    packageOf('a', { conditions: [{ name: 'is', title: 'Is', description: 'Tells.' }] }),
  ]);
  expect(page.slice(page.indexOf('\n## '))).toBe(`
## [a](../plugins/a/README.md)

About a.

| use | kind | what it does |
|---|---|---|
| \`a.is\` | condition | Tells. |

## [b](../plugins/b/README.md)

About b.

| use | kind | what it does |
|---|---|---|
| \`b.go\` | step | Goes \\| runs. |
| \`b.tell\` | hook |  |
`);
});

it('refuses a manifest that is none', () => {
  expect(() => renderBuiltInPage([{ alias: 'x', packageJson: {} }])).toThrow('The manifest of plugins/x is not valid.');
});
