import { expect, it } from 'vitest';
import type { RunCommand } from '../ports/durable-context.ts';
import { chain, noop, pipeline, task, type RunConformance, type StepInit } from './conformance-fixtures.ts';

const wait = (id: string): StepInit => ({ id, uses: 'core.wait', with: { signal: 'go' } });
const signal = (payload: string, delivery?: string): RunCommand => ({
  kind: 'signal_received',
  name: 'go',
  payload,
  ...(delivery === undefined ? {} : { delivery }),
});
const vote = (by: string, decision: 'approve' | 'reject' = 'approve'): RunCommand => ({
  kind: 'approval_decided',
  key: 'ok',
  decision,
  by,
  roles: [],
});

/** What people and other systems tell a run while it goes on. */
export const describeCommands = (run: RunConformance): void => {
  it('hands signals on in their order, also those that come before they are waited for', async () => {
    const { view } = await run(
      pipeline([task('tell', 'tell'), wait('w1'), wait('w2')], { transitions: chain('tell', 'w1', 'w2') }),
      {
        tell: async (send) => {
          await send(signal('first', 'd1'));
          await send(signal('first', 'd1'));
          await send(signal('second'));
        },
      },
    );
    expect(view).toMatchObject({ status: 'succeeded', steps: { w1: { output: 'first' }, w2: { output: 'second' } } });
  });

  it('wakes what waits for a signal', async () => {
    const { view } = await run(pipeline([wait('w'), task('tell', 'tell')]), {
      tell: async (send) => {
        await send(signal('now'));
      },
    });
    expect(view).toMatchObject({ status: 'succeeded', steps: { w: { output: 'now' } } });
  });

  it('counts the votes of people until there are enough', async () => {
    const ok: StepInit = { id: 'ok', uses: 'human.approval', with: { assignees: ['user:ann', 'user:ben'], quorum: 2 } };
    const { view, events } = await run(
      pipeline([ok, noop('after'), task('tell', 'tell')], { transitions: chain('ok', 'after') }),
      {
        tell: async (send) => {
          for (const by of ['ann', 'ann', 'eve', 'ben']) await send(vote(by));
        },
      },
    );
    expect(view).toMatchObject({ status: 'succeeded', steps: { ok: { output: { approved: true } } } });
    const refusals = events.map((event) =>
      event.type === 'approval_decided' ? (event.data.refusal ?? 'counted') : '',
    );
    expect(refusals.filter(Boolean)).toEqual(['counted', 'voted_already', 'not_assignee', 'counted']);
  });

  it('fails an approval that is rejected', async () => {
    const { view } = await run(pipeline([{ id: 'ok', uses: 'human.approval' }, task('tell', 'tell')]), {
      tell: async (send) => {
        await send(vote('ann', 'reject'));
      },
    });
    expect(view).toMatchObject({ status: 'failed', error: { code: 'IA_APPROVAL_REJECTED' } });
  });

  it('decides an approval at its deadline', async () => {
    const ok: StepInit = { id: 'ok', uses: 'human.approval', with: { deadline: '5ms', on_deadline: 'approve' } };
    const { view } = await run(pipeline([ok]));
    expect(view).toMatchObject({ status: 'succeeded', steps: { ok: { output: { approved: true, decisions: [] } } } });
  });
};
