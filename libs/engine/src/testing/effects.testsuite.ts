import { expect, it } from 'vitest';
import type { PipelineDefinition } from '../definition/schema.ts';
import type { EffectDecision } from '../run/events.ts';
import { listEffects } from '../run/effects.ts';
import { noop, pipeline, task, type RunConformance, type StepInit } from './conformance-fixtures.ts';

/** Sent, and nobody knows what became of it, the first time. */
const lost = (extra: Partial<StepInit> = {}): StepInit =>
  task('pay', 'lost', { timeout: '10s', on_unknown: 'ask', with: { n: 3 }, ...extra });

/** A hook hears that the run waits: what it tells the run then is asked for already. */
const asking = (...steps: StepInit[]): PipelineDefinition => ({
  ...pipeline(steps, { transitions: steps.slice(1).map(({ id }) => ({ from: 'pay', to: id })) }),
  hooks: [{ uses: 'test.tell', on: ['run_waiting'] }],
});

const by = 'ann';

/** What happens when nobody knows what became of something that was sent. */
export const describeEffects = (run: RunConformance): void => {
  const decide = (decision: Omit<EffectDecision, 'by'>, definition = asking(lost(), noop('next'))) =>
    run(definition, {
      tell: async (send) => {
        await send({ kind: 'effect_decided', key: 'pay#/@1', by, ...decision });
      },
    });

  it('makes an attempt again when a person says so, under the same key', async () => {
    const { view, events, calls } = await decide({ decision: 'repeat' });
    expect(view).toMatchObject({ status: 'succeeded', steps: { pay: { attempts: 2, output: { n: 3 } } } });
    expect(calls.filter((call) => call.startsWith('pay'))).toEqual(['pay@1', 'pay@2']);
    expect(listEffects(events).filter(({ stepId }) => stepId === 'pay')).toMatchObject([
      { state: 'confirmed', attempt: 2 },
    ]);
  });

  it('goes on with what a person says that an attempt gave', async () => {
    const { view, calls } = await decide({ decision: 'confirm', output: { n: 4 } });
    expect(view).toMatchObject({ status: 'succeeded', steps: { pay: { attempts: 1, output: { n: 4 }, error: null } } });
    expect(calls.filter((call) => call.startsWith('pay'))).toEqual(['pay@1']);
  });

  it('fails what a person gives up', async () => {
    const { view, events } = await decide({ decision: 'fail' });
    expect(view).toMatchObject({ status: 'failed', error: { code: 'IA_EFFECT_UNKNOWN' } });
    expect(listEffects(events)).toContainEqual(expect.objectContaining({ stepId: 'pay', state: 'failed' }));
  });

  it('asks about what undoes a step', async () => {
    const { view, events } = await run(
      {
        ...pipeline(
          [
            task('book', 'echo', { timeout: '10s', on_unknown: 'ask', compensate: { uses: 'test.lost' } }),
            task('pay', 'broken'),
          ],
          { transitions: [{ from: 'book', to: 'pay' }], on_failure: 'compensate' },
        ),
        hooks: [{ uses: 'test.tell', on: ['run_waiting'] }],
      },
      {
        tell: async (send) => {
          await send({ kind: 'effect_decided', key: 'book#/@1:compensate', decision: 'confirm', by });
        },
      },
    );
    expect(view).toMatchObject({ status: 'failed', compensations: [{ stepId: 'book', status: 'succeeded' }] });
    expect(events).toContainEqual(expect.objectContaining({ type: 'run_waiting', data: { reason: 'effect' } }));
  });

  it('cancels a run that waits for such a decision', async () => {
    const { view, calls } = await run(asking(lost()), {
      tell: async (send) => {
        await send({ kind: 'cancel_requested', reason: 'enough', by });
      },
    });
    expect(view).toMatchObject({ status: 'canceled', steps: { pay: { status: 'canceled' } } });
    expect(calls.filter((call) => call.startsWith('pay'))).toEqual(['pay@1']);
  });
};

/** The same where nobody is asked. */
export const describeUnknownOutcomes = (run: RunConformance): void => {
  it('fails for good what must not be repeated, when an outcome is unknown', async () => {
    const { view, calls } = await run(
      pipeline([lost({ on_unknown: 'fail', retry: { max_attempts: 3, initial_delay: '2ms' } })]),
    );
    expect(view).toMatchObject({ status: 'failed', error: { code: 'IA_EFFECT_UNKNOWN' } });
    expect(calls).toEqual(['pay@1']);
  });

  it('tries again what may be repeated, when an outcome is unknown', async () => {
    const { view, calls } = await run(
      pipeline([lost({ on_unknown: 'repeat', retry: { max_attempts: 3, initial_delay: '2ms' } })]),
    );
    expect(view).toMatchObject({ status: 'succeeded', steps: { pay: { attempts: 2 } } });
    expect(calls).toEqual(['pay@1', 'pay@2']);
  });

  it('knows no more of an attempt that was cut off once it had begun', async () => {
    const { view, events } = await run(
      pipeline([
        task('pay', 'hang', {
          with: { begins: true },
          timeout: '20ms',
          on_unknown: 'fail',
          retry: { max_attempts: 3 },
        }),
      ]),
    );
    expect(view).toMatchObject({
      status: 'failed',
      error: { code: 'IA_EFFECT_UNKNOWN', details: { cause: { code: 'IA_TASK_TIMEOUT' } } },
    });
    expect(events).toContainEqual(expect.objectContaining({ type: 'task_unknown', attempt: 1 }));
  });
};
