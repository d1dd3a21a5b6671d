import { conditionTextsOf, inputTemplatesOf, stepsOf, templatesOf, valuesOf } from '../language-places.ts';
import { type Operator, replace } from '../mutation.ts';

const SECRET = '{{ secrets.TOKEN }}';

const takesSecrets = (uses: string): boolean =>
  !uses.startsWith('core.') && !uses.startsWith('pipeline:') && uses !== 'human.approval';

export const SECRET_OPERATORS: readonly Operator[] = [
  {
    name: 'secret-in-a-condition',
    mutate: (subject) =>
      conditionTextsOf(subject).map(({ path }) => replace(subject, { path, value: "secrets.TOKEN == 'x'" })),
  },
  {
    name: 'secret-in-an-output',
    mutate: (subject) =>
      Object.keys(subject.definition.outputs ?? {}).map((key) =>
        replace(subject, { path: ['outputs', key], value: SECRET }),
      ),
  },
  {
    name: 'secret-in-a-key',
    mutate: (subject) =>
      valuesOf(subject, ['cache', 'concurrency']).map(({ path }) =>
        replace(subject, { path: [...path, 'key'], value: SECRET }),
      ),
  },
  {
    name: 'secret-as-items',
    mutate: (subject) => valuesOf(subject, ['items']).map(({ path }) => replace(subject, { path, value: SECRET })),
  },
  {
    name: 'secret-within-an-expression',
    mutate: (subject) =>
      inputTemplatesOf(subject)
        .filter(({ step }) => takesSecrets(step.step.uses))
        .flatMap(({ path }) =>
          [
            "{{ 'Bearer ' + secrets.TOKEN }}",
            '{{ secrets.TOKEN.size() }}',
            '{{ secrets }}',
            "{{ has(secrets.TOKEN) ? 'a' : 'b' }}",
          ].map((value) => replace(subject, { path, value })),
        ),
  },
  {
    name: 'secret-for-a-step-of-the-core',
    mutate: (subject) =>
      inputTemplatesOf(subject)
        .filter(({ step }) => !takesSecrets(step.step.uses))
        .map(({ path }) => replace(subject, { path, value: SECRET })),
  },
  {
    name: 'secret-in-an-address',
    severity: 'warning',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => step.uses === 'http.request')
        .map(({ path }) =>
          replace(subject, { path: [...path, 'with', 'url'], value: 'https://shop.example/?key={{ secrets.TOKEN }}' }),
        ),
  },
  {
    name: 'misspelt-secrets',
    mutate: (subject) =>
      templatesOf(subject)
        .filter(({ value }) => value.includes('secrets.'))
        .map(({ path, value }) => replace(subject, { path, value: value.replace('secrets.', 'secret.') })),
  },
];
