import { inspect } from 'node:util';
import type { ContributionKind } from '@ia-modules/plugin-sdk';
import type { Annotate, ContributionTemplate, Language } from './contribution-template.ts';
import { conditionTemplate } from './templates/condition.ts';
import { exporterTemplate } from './templates/exporter.ts';
import { hookTemplate } from './templates/hook.ts';
import { reporterTemplate } from './templates/reporter.ts';
import { stepTemplate } from './templates/step.ts';
import { transformTemplate } from './templates/transform.ts';
import { validatorTemplate } from './templates/validator.ts';

export const TEMPLATES: Readonly<Record<ContributionKind, ContributionTemplate>> = {
  step: stepTemplate,
  condition: conditionTemplate,
  validator: validatorTemplate,
  transform: transformTemplate,
  hook: hookTemplate,
  reporter: reporterTemplate,
  exporter: exporterTemplate,
};

const LINE_CHARS = 100;

/** The files of one contribution, by their paths. */
export const contributionFiles = (
  template: ContributionTemplate,
  language: Language,
): Readonly<Record<string, string>> => {
  const file = fileOf(template);
  return {
    [`src/${file}.${language}`]: sourceOf(template, language),
    [`tests/${file}.test.${language}`]: testOf(template, language),
    [`fixtures/${file}.json`]: `${JSON.stringify(fixtureOf(template), null, 2)}\n`,
  };
};

export const fileOf = ({ description }: ContributionTemplate): string => description.name.replaceAll('_', '-');

const definerOf = ({ kind }: ContributionTemplate): string => `define${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;

const sourceOf = (template: ContributionTemplate, language: Language): string => {
  const annotate: Annotate = (annotation) => (language === 'ts' ? annotation : '');
  const work = template.work(annotate);
  const types = /\bJson\b/.test(work) ? ', type Json' : '';
  const properties = Object.entries(template.description).map(
    ([key, value]) => `  ${key}: ${indented(inspect(value, { depth: null, compact: 3, breakLength: LINE_CHARS }))},`,
  );
  return `import { ${definerOf(template)}${types} } from '@ia-modules/plugin-sdk';

${work}

export const ${template.variable} = ${definerOf(template)}({
${properties.join('\n')}
  ${template.handler}
});
`;
};

/** As formatters have it: no blanks inside brackets, and the properties of the definition's object further in. */
const indented = (text: string): string =>
  text.replaceAll(/\[ (?<items>.*?) \]/g, '[$<items>]').replaceAll('\n', '\n  ');

const testOf = ({ tested, test, ...template }: ContributionTemplate, language: Language): string =>
  `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ${tested} } from '../src/${fileOf({ tested, test, ...template })}.${language}';

${test}
`;

const fixtureOf = ({ kind, description, fixture }: ContributionTemplate): object => ({
  name: fixture.name,
  kind,
  contribution: description.name,
  input: fixture.input,
  expect: { output: fixture.output },
});
