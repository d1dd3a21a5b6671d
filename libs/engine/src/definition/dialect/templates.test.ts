import { describe, expect, it } from 'vitest';
import type { Names } from './reference.ts';
import { RewriteLog } from './rewrite-log.ts';
import { rewriteTemplates, rewriteText } from './templates.ts';

const names: Names = {
  stepIds: new Set(['a', 'b', 'my-step', 'ask']),
  approvalIds: new Set(['ask']),
  parameterNames: new Set(['topic']),
  inputsRead: new Set(),
};

describe('templates', () => {
  it.each([
    ['{parameters.topic}', '{{ parameters.topic }}'],
    ['{steps.a.output.n}', '{{ steps.a.output.n }}'],
    ['{steps.a.n}', '{{ steps.a.output.n }}'],
    ['{{ steps.a.result.n }}', '{{ steps.a.output.n }}'],
    ['{{ steps.a.status }}', '{{ steps.a.status }}'],
    ['{{ a.rows[0].id }}', '{{ steps.a.output.rows[0].id }}'],
    ['{{ a.rows.0.id }}', '{{ steps.a.output.rows[0].id }}'],
    ['{{ a.first-name }}', '{{ steps.a.output["first-name"] }}'],
    ['{{ a.in }}', '{{ steps.a.output["in"] }}'],
    ['{{ my-step.n }}', '{{ steps["my-step"].output.n }}'],
    ['{{ a }}', '{{ steps.a.output }}'],
    ['{{ topic }}', '{{ parameters.topic }}'],
    ['on {parameters.topic}: {a.n}!', 'on {{ parameters.topic }}: {{ steps.a.output.n }}!'],
    ['{{ a.n + 1 > size(a.rows) }}', '{{ steps.a.output.n + 1 > size(steps.a.output.rows) }}'],
    ['{{ "a.n" + a.n }}', '{{ "a.n" + steps.a.output.n }}'],
    [
      '{steps.a.output.n}|{steps.my-step.output.n}',
      '{{ has(steps.a.output) ? steps.a.output.n : has(steps["my-step"].output) ? steps["my-step"].output.n : null }}',
    ],
    [
      '{{ a.n || parameters.topic }}',
      '{{ has(steps.a.output) ? steps.a.output.n : has(parameters.topic) ? parameters.topic : null }}',
    ],
    ["{{ a.n | default('none') }}", "{{ has(steps.a.output) ? steps.a.output.n : 'none' }}"],
  ])('%s is %s', (written, expected) => {
    expect(rewriteText(written, names)).toBe(expected);
  });

  it.each([
    'plain',
    '{name}',
    '{unknown.name}',
    '{"a": {"b": 1}}',
    '{{ unknown.name }}',
    '{{ steps.a.output.ok || steps.b.output.ok }}',
    '{{ a.n',
    '{{ list.map(x, x.n) }}',
  ])('%s stays', (written) => {
    expect(rewriteText(written, names)).toBe(written);
  });

  it('are found at any depth, and each that changes is reported', () => {
    const log = new RewriteLog();
    const value = { list: ['{{ a.n }}', 1, null], plain: 'x' };
    expect(rewriteTemplates(value, ['outputs'], { names, log })).toEqual({
      list: ['{{ steps.a.output.n }}', 1, null],
      plain: 'x',
    });
    expect(log.rewrites).toMatchObject([{ severity: 'info', path: ['outputs', 'list', 0] }]);
  });

  it('read what people entered from the values of an approval', () => {
    expect(rewriteText('{{ ask.grade }} {{ ask.approved }} {{ ask.values.grade }}', names)).toBe(
      '{{ steps.ask.output.values.grade }} {{ steps.ask.output.approved }} {{ steps.ask.output.values.grade }}',
    );
  });
});
