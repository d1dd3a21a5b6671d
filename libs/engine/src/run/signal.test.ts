import { expect, it } from 'vitest';
import { startSession } from '../testing/memory-session.ts';

const signal = (payload: string) => ({ kind: 'signal_received', name: 'go', payload }) as const;

it('gives a signal to what has waited for it longest, whatever began first', async () => {
  const { done } = startSession(
    {
      steps: [
        { id: 'prepares', uses: 'core.wait', with: { signal: 'go' }, transform: [{ uses: 'test.slow', at: 'input' }] },
        { id: 'waits', uses: 'core.wait', with: { signal: 'go' } },
      ],
    },
    {
      steps: { 'test.slow': () => ({ signal: 'go' }) },
      whenStalled: [
        ({ send }) => {
          send(signal('first'));
          send(signal('second'));
        },
      ],
    },
  );
  const { view } = await done;
  expect(view).toMatchObject({ steps: { waits: { output: 'first' }, prepares: { output: 'second' } } });
});

it('gives each item the signal that it waits for, and keeps the others', async () => {
  const { done } = startSession(
    {
      steps: [
        { id: 'w', uses: 'core.wait', for_each: { items: ['b', 'a'] }, with: { signal: 'go-{{ item }}' } },
        { id: 'late', uses: 'core.wait', with: { signal: 'go-c' } },
      ],
      flow: { transitions: [{ from: 'w', to: 'late' }] },
    },
    {
      whenStalled: [
        ({ send }) => {
          for (const name of ['a', 'c', 'b']) send({ kind: 'signal_received', name: `go-${name}`, payload: name });
        },
      ],
    },
  );
  const { view } = await done;
  expect(view).toMatchObject({ status: 'succeeded', steps: { w: { output: ['b', 'a'] }, late: { output: 'c' } } });
});

it('gives a signal to nobody whose wait is over', async () => {
  const { done } = startSession(
    {
      steps: [
        { id: 'gone', uses: 'core.wait', with: { signal: 'go' }, max_duration: '1s', on_error: 'continue' },
        { id: 'pause', uses: 'core.wait', with: { duration: '2s' } },
        { id: 'stays', uses: 'core.wait', with: { signal: 'go' } },
      ],
      flow: { transitions: [{ from: 'pause', to: 'stays' }] },
    },
    { whenStalled: [({ send }) => send(signal('now'))] },
  );
  const { view } = await done;
  expect(view).toMatchObject({ steps: { gone: { status: 'failed' }, stays: { output: 'now' } } });
});
