import type { RuntimeLog } from '../runtime-log.ts';
import { createBackoff } from './backoff.ts';

export type BatchedReadsOptions<Question, Answer> = {
  /** Answers in the order of the questions. */
  readonly read: (questions: readonly Question[]) => Promise<readonly Answer[]>;
  readonly maxBatch: number;
  /** Ends all reading: whoever still waits is rejected with its reason. */
  readonly signal: AbortSignal;
  readonly log: RuntimeLog;
};

export type BatchedReads<Question, Answer> = (question: Question) => Promise<Answer>;

type Asked<Question, Answer> = {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
};

/** Reads for many in one query: what is asked while one is under way goes into the next. A database that is away is waited for. */
export const createBatchedReads = <Question, Answer>(
  options: BatchedReadsOptions<Question, Answer>,
): BatchedReads<Question, Answer> => {
  const { read, maxBatch, signal, log } = options;
  const backoff = createBackoff(signal);
  const waiting: Asked<Question, Answer>[] = [];
  let isReading = false;

  const readBatch = async (batch: readonly Asked<Question, Answer>[]): Promise<void> => {
    try {
      const answers = await read(batch.map(({ question }) => question));
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
      backoff.reset();
    } catch (error) {
      log.warn({ err: error }, 'What runs have in common could not be read; trying again.');
      waiting.unshift(...batch);
      await backoff.pause();
    }
  };

  const drain = async (): Promise<void> => {
    isReading = true;
    await Promise.resolve(); // what is asked in this turn of the event loop comes along
    while (waiting.length > 0 && !signal.aborted) await readBatch(waiting.splice(0, maxBatch));
    for (const { reject } of waiting.splice(0)) reject(signal.reason);
    isReading = false;
  };

  return (question) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    waiting.push({ question, resolve, reject });
    if (!isReading) void drain();
    return promise;
  };
};
