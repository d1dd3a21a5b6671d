import { median } from '@ia-modules/benchmark';
import { interpret, type Plan } from '@ia-modules/engine';
import { createRecordingContext } from './recording-context.ts';

const ROUNDS = 5;

const usedBytes = (): number => {
  if (globalThis.gc === undefined)
    throw new Error('Start node with --expose-gc: the heap has to be swept to be measured.');
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** Runs once; gives the heap at the last event, while the state is held, and afterwards, when only the log is left. */
const heldBytes = async (plan: Plan): Promise<{ readonly atEnd: number; readonly afterwards: number }> => {
  let endBytes = 0;
  const context = createRecordingContext({
    keepsEvents: true,
    onEnd: () => {
      endBytes = usedBytes();
    },
  });
  const startBytes = usedBytes();
  await interpret({ plan, context, parameters: {} });
  const afterwards = usedBytes() - startBytes;
  if (context.events.length === 0) throw new Error('The log is empty.');
  return { atEnd: endBytes - startBytes, afterwards };
};

/** What a run holds for each step when its last event is emitted, and how much of that is its log. */
export const measureHeap = async (plan: Plan, steps: number) => {
  await heldBytes(plan);
  const samples = [];
  for (let round = 0; round < ROUNDS; round += 1) samples.push(await heldBytes(plan));
  const atEnd = median(samples.map((sample) => sample.atEnd)) / steps;
  const events = median(samples.map((sample) => sample.afterwards)) / steps;
  return { totalBytes: atEnd, eventBytes: events, stateBytes: atEnd - events };
};
