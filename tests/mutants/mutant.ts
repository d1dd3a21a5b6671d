/** One change of a source file that takes a check away. */
export type Mutant = {
  /** For people: what is taken away, and where. */
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
};

/** The variable through which a mutant comes to the test run that has to notice it. */
export const MUTANT_VARIABLE = 'IA_TEST_MUTANT';

export const applyMutant = (source: string, { start, end, replacement }: Mutant): string =>
  source.slice(0, start) + replacement + source.slice(end);
