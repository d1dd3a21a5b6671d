import { readFileSync } from 'node:fs';
import { formatPipelineText } from '@ia-modules/engine';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../../docs/importing.md', import.meta.url), 'utf8');
const [before = '', after = ''] = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block]) => block ?? '');

it('upgrades the example of the page to what stands there', () => {
  const { text = '', diagnostics } = formatPipelineText(before, { upgrade: true });
  expect(JSON.parse(text)).toEqual(JSON.parse(after));
  expect(diagnostics.every(({ severity }) => severity === 'info')).toBe(true);
  expect(formatPipelineText(after, { upgrade: true })).toMatchObject({ text, diagnostics: [] });
});
