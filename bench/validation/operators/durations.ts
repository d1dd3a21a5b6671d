import { durationsOf, stepsOf } from '../language-places.ts';
import { type Operator, replace, type Subject } from '../mutation.ts';

const BAD = ['soon', '10', '5 minutes', '1x', '-3s', 'PT', 'P1Y2M', '1.5.2s', '', '30 s', '1h-5m'];

const parts = (subject: Subject, from: string) => durationsOf(subject).filter(({ path }) => path.at(-1) === from);

export const DURATION_OPERATORS: readonly Operator[] = [
  {
    name: 'bad-duration',
    mutate: (subject) =>
      durationsOf(subject).flatMap(({ path }) => BAD.map((value) => replace(subject, { path, value }))),
  },
  {
    name: 'duration-beyond-all-bounds',
    mutate: (subject) => durationsOf(subject).map(({ path }) => replace(subject, { path, value: '99999999999d' })),
  },
  {
    name: 'duration-of-nothing',
    mutate: (subject) =>
      ['timeout', 'max_duration', 'ttl'].flatMap((key) =>
        parts(subject, key).map(({ path }) => replace(subject, { path, value: '0s' })),
      ),
  },
  {
    name: 'first-delay-longer-than-the-longest',
    mutate: (subject) =>
      parts(subject, 'max_delay').map(({ path }) => {
        const initial = [...path.slice(0, -1), 'initial_delay'];
        return replace(subject, { path: initial, value: '2h', or: [path] });
      }),
  },
  {
    name: 'step-limit-shorter-than-its-timeout',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(({ step }) => step.timeout !== undefined && step.timeout !== '1ms')
        .map(({ path }) =>
          replace(subject, { path: [...path, 'max_duration'], value: '2ms', or: [[...path, 'timeout']] }),
        ),
  },
  {
    name: 'run-limit-shorter-than-a-wait',
    mutate: (subject) =>
      stepsOf(subject)
        .filter(
          ({ step }) =>
            step.uses === 'core.wait' && step.with?.['duration'] !== undefined && isOnEveryPath(subject, step.id),
        )
        .map(({ path }) =>
          replace(subject, { path: ['flow', 'max_duration'], value: '10s', or: [[...path, 'with', 'duration'], path] }),
        ),
  },
];

/** Only pipelines without choices and short cuts are asked: there every step runs to its end. */
const isOnEveryPath = ({ definition }: Subject, id: string): boolean => {
  const isPlain = (definition.flow?.transitions ?? []).every(
    ({ condition, default: isDefault, on, loop }) => !condition && !isDefault && !on && !loop,
  );
  const isUncut = definition.steps.every(
    ({ join = 'all', cancels, uses }) => join === 'all' && cancels === undefined && uses !== 'core.end',
  );
  return isPlain && isUncut && definition.steps.some((step) => step.id === id);
};
