import type { Json } from '@ia-modules/plugin-sdk';
import type { Path } from '../document.ts';
import { stepsOf } from '../language-places.ts';
import { type Operator, remove, replace, type Subject } from '../mutation.ts';

const stepsUsing = (subject: Subject, uses: string) => stepsOf(subject).filter(({ step }) => step.uses === uses);

/** Puts values somewhere into the `with` of every step of a type. */
const inWith = (
  name: string,
  uses: string,
  cases: readonly { readonly at: Path; readonly value: Json; readonly or?: readonly Path[] }[],
): Operator => ({
  name,
  mutate: (subject) =>
    stepsUsing(subject, uses).flatMap(({ path }) =>
      cases.map(({ at, value, or = [] }) =>
        replace(subject, {
          path: [...path, 'with', ...at],
          value,
          or: or.map((place) => [...path, 'with', ...place]),
        }),
      ),
    ),
});

/** Keys that mean nothing on some steps, with a value that would be right elsewhere. */
const MISPLACED: readonly (readonly [string, Json, readonly string[]])[] = [
  ['timeout', '5s', ['core.noop', 'core.wait', 'core.end', 'human.approval']],
  ['retry', { max_attempts: 2 }, ['core.noop', 'core.wait', 'core.end', 'human.approval']],
  ['cache', { key: 'k', ttl: '1h' }, ['core.noop', 'core.wait', 'core.end', 'human.approval']],
  ['concurrency', { key: 'k' }, ['core.noop', 'core.end', 'core.fail']],
  ['for_each', { items: [1, 2] }, ['core.end']],
  ['transform', [{ uses: 'transform.pick', with: { fields: ['a'] } }], ['core.end']],
  ['validate', [{ uses: 'validate.schema', with: { schema: {} } }], ['core.end']],
];

export const CORE_STEP_OPERATORS: readonly Operator[] = [
  {
    name: 'key-without-meaning-here',
    mutate: (subject) =>
      MISPLACED.flatMap(([key, value, types]) =>
        stepsOf(subject)
          .filter(({ step }) => types.includes(step.uses) && step[key as keyof typeof step] === undefined)
          .map(({ path }) => replace(subject, { path: [...path, key], value })),
      ),
  },
  inWith('wait-for-two-things', 'core.wait', [
    { at: [], value: { duration: '1s', until: '2030-01-01T00:00:00Z' }, or: [['until'], ['duration']] },
    { at: [], value: { duration: '1s', signal: 'go' }, or: [['signal'], ['duration']] },
  ]),
  inWith('wait-for-nothing', 'core.wait', [{ at: [], value: {}, or: [['duration']] }]),
  inWith('wait-for-a-bad-time', 'core.wait', [
    { at: [], value: { duration: 'a while' }, or: [['duration']] },
    { at: [], value: { until: 'tomorrow' }, or: [['until']] },
    { at: [], value: { signal: '' }, or: [['signal']] },
    { at: [], value: { signal: 5 }, or: [['signal']] },
  ]),
  inWith('approval-with-bad-numbers', 'human.approval', [
    { at: ['quorum'], value: 0 },
    { at: ['quorum'], value: 1.5 },
    { at: ['quorum'], value: 'all' },
  ]),
  inWith('approval-with-a-bad-form', 'human.approval', [
    { at: ['form'], value: { type: 'objekt' }, or: [['form', 'type']] },
    { at: ['form'], value: { type: 'array' }, or: [['form', 'type']] },
    {
      at: ['form'],
      value: { type: 'object', properties: { a: { type: 'txt' } } },
      or: [
        ['form', 'properties', 'a', 'type'],
        ['form', 'properties', 'a'],
      ],
    },
    { at: ['form'], value: { type: 'object', properties: [] }, or: [['form', 'properties']] },
  ]),
  inWith('approval-with-bad-times', 'human.approval', [
    { at: ['deadline'], value: 'friday' },
    { at: ['deadline'], value: '2026-02-31T25:00:00Z' },
    { at: ['on_deadline'], value: 'ask again' },
    { at: ['on_reject'], value: 'explode' },
    { at: ['escalation'], value: [{ after: 'later', to: ['role:chief'] }], or: [['escalation', 0, 'after']] },
    { at: ['escalation'], value: [{ after: '1h', to: [] }], or: [['escalation', 0, 'to']] },
    {
      at: ['escalation'],
      value: [{ to: ['role:chief'] }],
      or: [
        ['escalation', 0, 'after'],
        ['escalation', 0],
      ],
    },
  ]),
  {
    name: 'quorum-that-can-not-be-met',
    mutate: (subject) =>
      stepsUsing(subject, 'human.approval').map(({ path }) =>
        replace(subject, {
          path: [...path, 'with'],
          value: { assignees: ['user:ada', 'user:grace'], quorum: 3 },
          or: [
            [...path, 'with', 'quorum'],
            [...path, 'with', 'assignees'],
          ],
        }),
      ),
  },
  {
    name: 'escalation-after-the-deadline',
    severity: 'warning',
    mutate: (subject) =>
      stepsUsing(subject, 'human.approval').map(({ path }) =>
        replace(subject, {
          path: [...path, 'with'],
          value: { deadline: '1h', escalation: [{ after: '2h', to: ['role:chief'] }] },
          or: [
            [...path, 'with', 'escalation', 0, 'after'],
            [...path, 'with', 'escalation', 0],
            [...path, 'with', 'deadline'],
          ],
        }),
      ),
  },
  {
    name: 'io-step-without-timeout',
    severity: 'warning',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => {
          const isLimitedElsewhere = step.max_duration !== undefined || step.with?.['timeout_ms'] !== undefined;
          return step.uses === 'http.request' && step.timeout !== undefined && !isLimitedElsewhere;
        })
        .map(({ path }) => remove(subject, [...path, 'timeout'], [path, [...path, 'timeout'], [...path, 'uses']])),
  },
];
