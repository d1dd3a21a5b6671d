import { withAppended, withValue } from '../document.ts';
import { stepsOf, transitionsOf } from '../language-places.ts';
import { misspell } from '../misspell.ts';
import { append, type Operator, replace, type Subject } from '../mutation.ts';

const BAD_IDS = ['has space', '1st', 'ä', '', 'a.b', 'x'.repeat(65), 'semi;colon'];
const RESERVED_IDS = ['constructor', 'prototype'];

const withId = (subject: Subject, ids: readonly string[]) =>
  stepsOf(subject).flatMap(({ path }) => ids.map((id) => replace(subject, { path: [...path, 'id'], value: id })));

export const ID_OPERATORS: readonly Operator[] = [
  { name: 'bad-step-id', mutate: (subject) => withId(subject, BAD_IDS) },
  { name: 'reserved-step-id', mutate: (subject) => withId(subject, RESERVED_IDS) },
  {
    name: 'duplicate-step-id',
    mutate: (subject) =>
      stepsOf(subject).flatMap(({ path, index }) => {
        const other = (index + 1) % subject.definition.steps.length;
        const value = subject.definition.steps[other]?.id ?? '';
        return other === index
          ? []
          : [replace(subject, { path: [...path, 'id'], value, or: [['steps', other, 'id']] })];
      }),
  },
  {
    name: 'copied-step',
    mutate: (subject) =>
      stepsOf(subject).map(({ index }) => ({
        make: () =>
          withAppended(subject.document, ['steps'], structuredClone(subject.definition.steps[index] as never)),
        places: [
          ['steps', index, 'id'],
          ['steps', subject.definition.steps.length, 'id'],
        ],
      })),
  },
  {
    name: 'blank-name',
    mutate: (subject) =>
      ['', '   ', 'line\nbreak', 'bell\u0007'].map((value) => replace(subject, { path: ['name'], value })),
  },
  { name: 'long-name', mutate: (subject) => [replace(subject, { path: ['name'], value: 'n'.repeat(201) })] },
  {
    name: 'bad-version',
    mutate: (subject) =>
      ['1.2', 'v1.2.3', '1.2.3.4', '01.2.3', 'latest', '1.2.3-'].map((value) =>
        replace(subject, { path: ['version'], value }),
      ),
  },
  {
    name: 'dangling-from',
    mutate: (subject) =>
      transitionsOf(subject).map(({ path, transition }) =>
        replace(subject, { path: [...path, 'from'], value: misspell(transition.from) }),
      ),
  },
  {
    name: 'dangling-to',
    mutate: (subject) =>
      transitionsOf(subject).map(({ path, transition }) =>
        replace(subject, { path: [...path, 'to'], value: `${transition.to}_2` }),
      ),
  },
  {
    name: 'dangling-start',
    mutate: (subject) => {
      const startAt = subject.definition.flow?.start_at;
      if (startAt === undefined) return [];
      const path = ['flow', 'start_at'];
      if (typeof startAt === 'string') return [replace(subject, { path, value: misspell(startAt) })];
      return startAt.map((id, index) => replace(subject, { path: [...path, index], value: misspell(id) }));
    },
  },
  {
    name: 'start-at-a-step-that-is-not-there',
    mutate: (subject) => [
      {
        make: () => withValue(subject.document, ['flow'], { ...subject.definition.flow, start_at: 'nowhere' } as never),
        places: [['flow', 'start_at']],
      },
    ],
  },
  {
    name: 'dangling-cancels',
    mutate: (subject) =>
      stepsOf(subject).map(({ path, step }) =>
        append(subject, {
          path: [...path, 'cancels'],
          item: 'nobody',
          places: [[...path, 'cancels', step.cancels?.length ?? 0]],
        }),
      ),
  },
  {
    name: 'cancels-itself',
    severity: 'warning',
    mutate: (subject) =>
      stepsOf(subject).map(({ path, step }) =>
        append(subject, {
          path: [...path, 'cancels'],
          item: step.id,
          places: [[...path, 'cancels', step.cancels?.length ?? 0]],
        }),
      ),
  },
];
