import { readdirSync, readFileSync } from 'node:fs';
import {
  compilePipeline,
  interpret,
  isTerminal,
  type PipelineDefinition,
  projectRun,
  type RunEvent,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { expect, test } from 'vitest';
import { PostgresContext } from './postgres-context.ts';
import { createContextOptions } from '../testing/context-fixtures.ts';

const FOLDER = new URL('../../../engine/golden/', import.meta.url);
/** The seed that every golden log was written with. */
const SEED = 42;
const REPLAYED = new PlatformError({ code: 'IA_RUNTIME_STOPPED', message: 'The log is used up.' });

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.log.json'))
  .map((file) => file.replace('.log.json', ''));

test.each(names)('replays the golden log %s', async (name) => {
  const { definition } = read(`${name}.case.json`) as { readonly definition: PipelineDefinition };
  const stored = read(`${name}.log.json`) as readonly RunEvent[];
  const [first] = stored;
  if (first?.type !== 'run_started') throw new TypeError('A log starts with run_started.');
  const written: RunEvent[] = [];
  const options = createContextOptions({
    runId: first.runId,
    seed: SEED,
    stored,
    committer: { append: async () => undefined },
    executor: { execute: () => new Promise(() => undefined) },
    onAppended: (event) => written.push(event),
    // A run that waits goes on from here by itself; what it wrote so far is what counts.
    onLive: () => context.abandon(REPLAYED),
  });
  const context: PostgresContext = new PostgresContext(options);

  const replay = interpret({ ...first.data, plan: compilePipeline(definition), context });

  const end = await replay.catch((reason: unknown) => reason);
  expect(end).toBe(isTerminal(projectRun(stored).status) ? undefined : REPLAYED);
  expect(written).toEqual([]);
});
