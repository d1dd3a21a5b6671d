import { type Summary, summarize } from './statistics.ts';

/** One run of what is measured; gives the figure itself (milliseconds, say) or nothing, and then its duration in ms is taken. */
export type Subject = () => Promise<number | void> | number | void;

export type Comparison = Readonly<{
  baseline: Summary;
  candidate: Summary;
  /** Median of candidate ÷ baseline, pair by pair: below 1 the candidate needs less. */
  ratio: Summary;
}>;

export type MeasureOptions = Readonly<{
  baseline: Subject;
  candidate: Subject;
  /** @default 15 */
  rounds?: number;
  /** Rounds that are run and not counted. @default 2 */
  warmUp?: number;
}>;

/**
 * Compares two subjects in pairs, in turns and with the order swapped each round, so that what else the machine does
 * meets both alike.
 */
export async function measure(options: MeasureOptions): Promise<Comparison> {
  const { rounds = 15, warmUp = 2 } = options;
  const baseline: number[] = [];
  const candidate: number[] = [];
  for (let round = -warmUp; round < rounds; round += 1) {
    const isSwapped = round % 2 !== 0;
    const second = isSwapped ? await sample(options.candidate) : undefined;
    const first = await sample(options.baseline);
    const compared = second ?? (await sample(options.candidate));
    if (round < 0) continue;
    baseline.push(first);
    candidate.push(compared);
  }
  const ratios = candidate.map((value, index) => value / (baseline[index] ?? Number.NaN));
  return { baseline: summarize(baseline), candidate: summarize(candidate), ratio: summarize(ratios) };
}

/** Measures any number of subjects in rounds; each round begins with another one, so that none always comes first. */
export async function measureInTurns<Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
  { rounds = 15, warmUp = 2 }: Readonly<Pick<MeasureOptions, 'rounds' | 'warmUp'>> = {},
): Promise<Record<Name, Summary>> {
  const names = Object.keys(subjects) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round + warmUp) % names.length];
      if (name === undefined) continue;
      const figure = await sample(subjects[name]);
      if (round >= 0) samples.get(name)?.push(figure);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summarize(samples.get(name) ?? [])])) as Record<Name, Summary>;
}

/** Runs a subject several times. */
export async function repeat(subject: Subject, rounds: number): Promise<Summary> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) samples.push(await sample(subject));
  return summarize(samples);
}

async function sample(subject: Subject): Promise<number> {
  const startedAt = performance.now();
  const figure = await subject();
  return figure ?? performance.now() - startedAt;
}
