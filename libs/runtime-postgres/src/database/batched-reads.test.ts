import { expect, test } from 'vitest';
import { SILENT_LOG } from '../runtime-log.ts';
import { createBatchedReads } from './batched-reads.ts';

const open = (read: (questions: readonly number[]) => Promise<readonly string[]>) => {
  const ending = new AbortController();
  return { ending, ask: createBatchedReads({ read, maxBatch: 2, signal: ending.signal, log: SILENT_LOG }) };
};

test('questions that come together are answered by one read, in bounds', async () => {
  const batches: (readonly number[])[] = [];
  const { ask } = open(async (questions) => {
    batches.push(questions);
    return questions.map((question) => `answer ${question}`);
  });
  const answers = await Promise.all([1, 2, 3].map((question) => ask(question)));
  expect(answers).toEqual(['answer 1', 'answer 2', 'answer 3']);
  expect(batches).toEqual([[1, 2], [3]]);
  expect(await ask(4)).toBe('answer 4');
});

test('a failure is waited out', async () => {
  let failures = 0;
  const { ask } = open(async (questions) => {
    if (failures < 2) {
      failures += 1;
      throw new Error('The database is away.');
    }
    return questions.map(String);
  });
  expect(await Promise.all([ask(1), ask(2), ask(3)])).toEqual(['1', '2', '3']);
});

test('the end of the term ends the waiting', async () => {
  const { ask, ending } = open(() => Promise.reject(new Error('The database is away.')));
  const asked = ask(1);
  ending.abort(new Error('The term is over.'));
  await expect(asked).rejects.toThrow('The term is over.');
  await expect(ask(2)).rejects.toThrow('The term is over.');
});
