import { compilePipeline, interpret, type PipelineDefinition } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { expect, test } from 'vitest';
import type { RunAppend } from '../log/group-committer.ts';
import { createContextOptions } from '../testing/context-fixtures.ts';
import { PostgresContext, type PostgresContextOptions } from './postgres-context.ts';

const start = (definition: PipelineDefinition, options: Partial<PostgresContextOptions> = {}) => {
  const appends: RunAppend[] = [];
  const context = new PostgresContext(
    createContextOptions({
      executor: { execute: () => Promise.resolve(null) },
      committer: {
        append: (append) => {
          appends.push(append);
          return Promise.resolve();
        },
      },
      stored: [],
      ...options,
    }),
  );
  const done = interpret({ plan: compilePipeline(definition), context, parameters: {} }).catch(
    (error: unknown) => error,
  );
  return { appends, context, done };
};

const isParked = (appends: readonly RunAppend[]): boolean | undefined => appends.at(-1)?.effects.parking.isParked;

test('a run is not parked before the runs of its sub-pipelines are stored', async () => {
  const stored = Promise.withResolvers<undefined>();
  const children = { start: () => stored.promise };
  const { appends, context } = start({ name: 'above', steps: [{ id: 'sub', uses: 'pipeline:below' }] }, { children });
  await expect.poll(() => appends.length).toBeGreaterThan(0);
  expect(isParked(appends)).toBe(false);
  expect(context.idleUntil).toBeUndefined();
  stored.resolve(undefined);
  await expect.poll(() => context.idleUntil).toBeNull();
  await context.writeParking();
  expect(isParked(appends)).toBe(true);
});

test('a run that is told something is at work until it has dealt with it', async () => {
  const { appends, context, done } = start({
    name: 'waits',
    steps: [{ id: 'w', uses: 'core.wait', with: { signal: 'go' } }],
  });
  await expect.poll(() => context.idleUntil).toBeNull();
  context.tell({ kind: 'signal_received', name: 'go', payload: 1 }, '7');
  expect(context.idleUntil).toBeUndefined();
  await done;
  await context.flush();
  expect(appends.flatMap(({ consumedCommands }) => consumedCommands)).toEqual(['7']);
});

test('a command whose events are not made is not answered', async () => {
  const { appends, context, done } = start({
    name: 'waits',
    steps: [{ id: 'w', uses: 'core.wait', with: { signal: 'go' } }],
  });
  await expect.poll(() => context.idleUntil).toBeNull();
  context.tell({ kind: 'signal_received', name: 'go', payload: 1 }, '7');
  context.abandon(new PlatformError({ code: 'IA_RUNTIME_STOPPED', message: 'stopped', disposition: 'pause' }));
  expect(await done).toMatchObject({ code: 'IA_RUNTIME_STOPPED' });
  await context.flush();
  expect(appends.flatMap(({ consumedCommands }) => consumedCommands)).toEqual([]);
});
