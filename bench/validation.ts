/**
 * Measures validation: how long it takes on large pipelines, and how much of what can go wrong it notices. The corpus spoils
 * pipelines that use the whole language, one mistake at a time, and looks whether the mistake is reported and where.
 * `--misses` names a file for what went unnoticed; `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- validation [--write] [--misses=FILE]
 */
import { writeFileSync } from 'node:fs';
import { formatTable } from '@ia-modules/benchmark';
import { describeMachine, writeSection } from './report/section.ts';
import { describeMisses, runCorpus, totalOf } from './validation/corpus.ts';
import { describeAlarms, findFalseAlarms } from './validation/false-alarms.ts';
import { NEUTRAL_OPERATORS } from './validation/neutral-operators.ts';
import { OPERATORS } from './validation/operators.ts';
import { readExamples, readOwnPipelines } from './validation/subjects.ts';
import { measureValidation } from './validation/timing.ts';

const SEEDS = [1, 2];
const PER_OPERATOR = 3;
const NEUTRAL_PER_OPERATOR = 12;

const words = process.argv.slice(2);
const timing = await measureValidation();

const subjects = [...readOwnPipelines(), ...readExamples()];
const results = SEEDS.map((seed) => runCorpus({ subjects, operators: OPERATORS, seed, perOperator: PER_OPERATOR }));
const total = totalOf(results.flatMap(({ scores }) => scores));
const neutral = findFalseAlarms({
  subjects,
  operators: NEUTRAL_OPERATORS,
  seed: SEEDS[0] ?? 1,
  perOperator: NEUTRAL_PER_OPERATOR,
});

const text = [
  '## Validation',
  `${describeMachine()} \`npm run bench -- validation\` measures again.`,
  'A pipeline with conditions, choices, templates and I/O steps, from its text to the diagnostics, the median of warm rounds; ' +
    'beside it the same text through `JSON.parse` alone, and its value through the published JSON Schema alone.',
  timing.table,
  `The first validation in a process, with none of the code compiled yet: ${Math.round(timing.firstMs)} ms for 1,000 steps.`,
  `${subjects.length} pipelines, spoilt in one place at a time, or written differently and as good as before.`,
  formatTable(
    ['corpus', 'kinds', 'mutations', 'result'],
    [
      ['mistakes noticed', OPERATORS.length, total.mutations, `${total.caughtPercent.toFixed(2)} %`],
      [
        'mistakes reported at the right place',
        OPERATORS.length,
        total.mutations,
        `${total.atPlacePercent.toFixed(2)} %`,
      ],
      ['false alarms', NEUTRAL_OPERATORS.length, neutral.mutations, String(neutral.alarms.length)],
    ],
  ),
].join('\n\n');
process.stdout.write(`${text}\n`);
if (words.includes('--write')) writeSection('validation', text);

const misses = [
  describeMisses(results.flatMap((result) => result.misses)),
  ...(neutral.alarms.length > 0 ? [`## False alarms\n\n${describeAlarms(neutral.alarms)}`] : []),
].join('\n\n');
const missesFile = words.find((word) => word.startsWith('--misses='))?.slice('--misses='.length);
if (missesFile === undefined) process.stdout.write(`\n${misses}\n`);
else writeFileSync(missesFile, `${misses}\n`);
