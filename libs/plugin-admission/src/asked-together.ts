type Asked<Question, Answer> = PromiseWithResolvers<Answer> & { readonly question: Question };

const MAX_QUESTIONS = 500;

/**
 * Asks what is asked in the same turn of the event loop in one go. `read` answers in the order of the questions; it begins after
 * the last of them was asked, so that no answer is older than its question. When it fails, all of them have failed.
 */
export const createAskedTogether = <Question, Answer>(
  read: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): ((question: Question) => Promise<Answer>) => {
  let waiting: Asked<Question, Answer>[] = [];

  const readTogether = async (asked: readonly Asked<Question, Answer>[]): Promise<void> => {
    try {
      const answers = await read(asked.map(({ question }) => question));
      for (const [index, { resolve }] of asked.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  };

  const flush = (): void => {
    const asked = waiting;
    waiting = [];
    for (let from = 0; from < asked.length; from += MAX_QUESTIONS) {
      void readTogether(asked.slice(from, from + MAX_QUESTIONS));
    }
  };

  return (question) => {
    const asked = { ...Promise.withResolvers<Answer>(), question };
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(asked);
    return asked.promise;
  };
};
