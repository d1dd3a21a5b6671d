/** Disposes of services when their work is done: what goes wrong then is reported, and undoes nothing. */
export const endScope = async (scope: AsyncDisposable, report: (problem: string) => void): Promise<void> => {
  try {
    await scope[Symbol.asyncDispose]();
  } catch (error) {
    const problems: readonly unknown[] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    for (const problem of problems) report(`A service could not be disposed of: ${String(problem)}`);
  }
};
