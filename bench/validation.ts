/**
 * Measures validation: how long it takes on large pipelines, and how much of what can go wrong it notices. The corpus spoils
 * pipelines that use the whole language, one mistake at a time, and looks whether the mistake is reported and where.
 *
 *   npm run bench -- validation [--misses=FILE]
 */
import { writeFileSync } from 'node:fs';
import { formatTable } from '@ia-modules/benchmark';
import { describeMisses, runCorpus, totalOf } from './validation/corpus.ts';
import { describeAlarms, findFalseAlarms } from './validation/false-alarms.ts';
import { NEUTRAL_OPERATORS } from './validation/neutral-operators.ts';
import { OPERATORS } from './validation/operators.ts';
import { readExamples, readOwnPipelines } from './validation/subjects.ts';
import { measureValidation } from './validation/timing.ts';

const SEEDS = [1, 2, 3];
const PER_OPERATOR = 4;
const NEUTRAL_PER_OPERATOR = 12;

const print = (text: string): void => void process.stdout.write(`${text}\n\n`);

const missesFile = process.argv.find((word) => word.startsWith('--misses='))?.slice('--misses='.length);
const subjects = [...readOwnPipelines(), ...readExamples()];

print(await measureValidation());

const results = SEEDS.map((seed) => runCorpus({ subjects, operators: OPERATORS, seed, perOperator: PER_OPERATOR }));
const total = totalOf(results.flatMap(({ scores }) => scores));
const neutral = findFalseAlarms({
  subjects,
  operators: NEUTRAL_OPERATORS,
  seed: SEEDS[0] ?? 1,
  perOperator: NEUTRAL_PER_OPERATOR,
});
print(
  formatTable(
    ['corpus', 'operators', 'mutations', 'result'],
    [
      ['mistakes noticed', OPERATORS.length, total.mutations, `${total.caughtPercent.toFixed(2)} %`],
      ['of them at the right place', OPERATORS.length, total.mutations, `${total.atPlacePercent.toFixed(2)} %`],
      ['false alarms', NEUTRAL_OPERATORS.length, neutral.mutations, String(neutral.alarms.length)],
    ],
  ),
);

const report = [
  describeMisses(results.flatMap(({ misses }) => misses)),
  ...(neutral.alarms.length > 0 ? [`## False alarms\n\n${describeAlarms(neutral.alarms)}`] : []),
].join('\n\n');
if (missesFile === undefined) print(report);
else writeFileSync(missesFile, `${report}\n`);
