import { expect, it } from 'vitest';
import { formatPipelineText } from './format-pipeline-text.ts';

const FORMATTED = `{
  "name": "x",
  "steps": [
    {
      "id": "a",
      "uses": "core.noop"
    }
  ]
}
`;

it('orders and indents, and changes nothing twice', () => {
  const written = '\uFEFF{"steps": [{"uses":"core.noop", "id": "a"}],\r\n\t"name": "x"}';
  const { text, isUpgradable } = formatPipelineText(written);
  expect(text).toBe(FORMATTED);
  expect(isUpgradable).toBe(false);
  expect(formatPipelineText(FORMATTED).text).toBe(FORMATTED);
});

it('keeps comments, and the order around them', () => {
  const written = '{"steps": [ // the only one\n{"uses": "core.noop", "id": "a"},], "name": "x"}';
  const { text = '' } = formatPipelineText(written, { format: 'jsonc' });
  expect(text).toContain('// the only one');
  expect(text.indexOf('"steps"')).toBeLessThan(text.indexOf('"name"'));
  expect(formatPipelineText(text, { format: 'jsonc' }).text).toBe(text);
  expect(formatPipelineText('{"name": "x",}', { format: 'jsonc' }).text).toBe('{\n  "name": "x"\n}\n');
});

it('keeps numbers that JavaScript would change', () => {
  const number = '12345678901234567890';
  expect(formatPipelineText(`{"outputs":{"n":${number}},"name":"x"}`).text).toContain(number);
  expect(formatPipelineText('{"outputs":{"n":1.50},"name":"x"}').text).toContain('"n": 1.5');
});

it('says what is no JSON', () => {
  const { text, diagnostics } = formatPipelineText('{"name": "x",}');
  expect(text).toBeUndefined();
  expect(diagnostics[0]).toMatchObject({ code: 'IA_PIPELINE_SYNTAX', line: 1 });
  expect(formatPipelineText('{"name": "x", "name": "y"}').text).toBeUndefined();
});

it('upgrades an older dialect when it is asked to', () => {
  const written = '{"name": "x",\n "steps": [{"module": "steps", "step_class": "Fetch", "id": "a"}]}';
  expect(formatPipelineText(written)).toMatchObject({ isUpgradable: true, diagnostics: [] });
  const { text, diagnostics, isUpgradable } = formatPipelineText(written, { upgrade: true });
  expect(text).toBe(FORMATTED.replace('core.noop', './steps.ts#Fetch'));
  expect(isUpgradable).toBe(false);
  expect(diagnostics).toMatchObject([
    { code: 'IA_PIPELINE_IMPORT', severity: 'info', path: '$.steps[0].step_class', line: 2, column: 46 },
  ]);
});
