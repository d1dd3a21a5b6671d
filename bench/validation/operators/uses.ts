import { parseUses, resolveUses } from '@ia-modules/engine';
import type { Json } from '@ia-modules/plugin-sdk';
import { withAppended } from '../document.ts';
import { stepsOf, usesOf } from '../language-places.ts';
import { misspell } from '../misspell.ts';
import { type Operator, replace, type Subject } from '../mutation.ts';

const MALFORMED = [
  '',
  'http',
  'a b.c',
  '@community/weather',
  '@/x#y',
  './file.ts',
  'pipeline:',
  '#step',
  'http..request',
];

const kindOf = (subject: Subject, uses: string) => parseUses(resolveUses(uses, subject.definition.plugins))?.kind;

const usesOfKind = (subject: Subject, kinds: readonly (string | undefined)[]) =>
  usesOf(subject).filter(({ value }) => kinds.includes(kindOf(subject, value)));

const aliases = (subject: Subject) => Object.entries(subject.definition.plugins ?? {});

export const USES_OPERATORS: readonly Operator[] = [
  {
    name: 'malformed-uses',
    mutate: (subject) =>
      usesOf(subject).flatMap(({ path }) => MALFORMED.map((value) => replace(subject, { path, value }))),
  },
  {
    name: 'misspelt-step-type',
    mutate: (subject) =>
      usesOfKind(subject, ['builtin', 'package', 'core']).map(({ path, value }) => {
        const at = Math.max(value.lastIndexOf('.'), value.lastIndexOf('#')) + 1;
        return replace(subject, { path, value: value.slice(0, at) + misspell(value.slice(at)) });
      }),
  },
  {
    name: 'misspelt-plugin',
    mutate: (subject) =>
      usesOfKind(subject, ['builtin', 'package', 'core']).map(({ path, value }) => {
        const start = value.startsWith('@') ? value.indexOf('/') + 1 : 0;
        const end = value.includes('#') ? value.indexOf('#') : value.indexOf('.');
        return replace(subject, {
          path,
          value: value.slice(0, start) + misspell(value.slice(start, end)) + value.slice(end),
        });
      }),
  },
  {
    name: 'uses-in-capitals',
    mutate: (subject) =>
      usesOfKind(subject, ['builtin', 'core']).map(({ path, value }) =>
        replace(subject, { path, value: value.toUpperCase() }),
      ),
  },
  {
    name: 'package-that-is-none',
    mutate: (subject) =>
      aliases(subject).flatMap(([alias]) =>
        ['', 'Not A Package', '@scope', '../folder', '@Community/Weather@^1.0.0'].map((value) =>
          replace(subject, { path: ['plugins', alias], value }),
        ),
      ),
  },
  {
    name: 'version-range-that-is-none',
    mutate: (subject) =>
      aliases(subject).flatMap(([alias, spec]) =>
        ['^^1', 'one', '1.2.3.4', '>='].map((range) =>
          replace(subject, { path: ['plugins', alias], value: `${spec.slice(0, spec.lastIndexOf('@'))}@${range}` }),
        ),
      ),
  },
  {
    name: 'version-out-of-range',
    mutate: (subject) =>
      aliases(subject).flatMap(([alias, spec]) =>
        ['^9.0.0', '>2.0.0', '<1.0.0', '1.3.0'].map((range) =>
          replace(subject, { path: ['plugins', alias], value: `${spec.slice(0, spec.lastIndexOf('@'))}@${range}` }),
        ),
      ),
  },
  {
    name: 'alias-that-is-taken',
    mutate: (subject) =>
      aliases(subject).map(([, spec]) => replace(subject, { path: ['plugins', 'core'], value: spec })),
  },
  {
    name: 'unknown-pipeline',
    mutate: (subject) =>
      usesOfKind(subject, ['pipeline']).flatMap(({ path }) =>
        ['pipeline:send-mial@^2.0.0', 'pipeline:send-mail@^7.0.0', 'pipeline:send-mail@^^2'].map((value) =>
          replace(subject, { path, value }),
        ),
      ),
  },
  {
    name: 'recursion-without-max-depth',
    mutate: (subject) => {
      const index = subject.definition.steps.length;
      const step: Json = { id: 'again', uses: `pipeline:${subject.definition.name}` };
      const isName = /^[^@\s]+$/.test(subject.definition.name);
      const added = {
        make: () => withAppended(subject.document, ['steps'], step),
        places: [
          ['steps', index, 'uses'],
          ['steps', index],
          ['steps', index, 'max_depth'],
        ],
      };
      return isName ? [added] : [];
    },
  },
  {
    name: 'recursion-through-another-pipeline',
    mutate: (subject) => {
      const index = subject.definition.steps.length;
      const step: Json = { id: 'again', uses: `pipeline:calls-${subject.definition.name}` };
      return [
        {
          make: () => withAppended(subject.document, ['steps'], step),
          places: [
            ['steps', index, 'uses'],
            ['steps', index],
            ['steps', index, 'max_depth'],
          ],
        },
      ];
    },
  },
  {
    name: 'max-depth-without-sub-pipeline',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => !step.uses.startsWith('pipeline:'))
        .map(({ path }) => replace(subject, { path: [...path, 'max_depth'], value: 3 })),
  },
];
