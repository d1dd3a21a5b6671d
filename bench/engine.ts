/**
 * Measures what the engine itself costs: the time and heap of steps that do nothing in graphs of several shapes, beside other
 * ways to run the same graphs, and what loops, maps and tasks in memory add. Workflows can be given as files or folders
 * (`{name, tasks: [{id, deps}]}`), as arguments or in IA_BENCH_WORKFLOWS. `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- engine [--write] [workflow.json …]
 */
import path from 'node:path';
import { measureRepetition } from './engine/repetition.ts';
import { measureStepCost, measureStepHeap } from './engine/step-cost.ts';
import { readWorkflows } from './engine/workflow.ts';
import { describeMachine, writeSection } from './report/section.ts';

const words = process.argv.slice(2);
const fromEnvironment = (process.env['IA_BENCH_WORKFLOWS'] ?? '').split(path.delimiter).filter((place) => place !== '');
const files = readWorkflows([...words.filter((word) => !word.startsWith('-')), ...fromEnvironment]);

const { costs, growth } = await measureStepCost(files);
const text = [
  '## The engine',
  `${describeMachine()} \`npm run bench -- engine\` measures again.`,
  'Steps that do nothing, each subject on the same graph in turns, the median of up to 15 rounds. The engine checks every ' +
    'transition and writes a log; the in-degree loop counts open dependencies and no more. LangGraph runs up to 1,000 steps ' +
    'here: what it takes for a step grows with their number.',
  costs,
  growth,
  'What a run holds on the heap when its last event is written, swept before and after: its state, and the log if it is kept.',
  await measureStepHeap(),
  'The same work many times over in one run. Tasks run in memory through an asynchronous executor that gives back what it got.',
  await measureRepetition(),
].join('\n\n');
process.stdout.write(`${text}\n`);
if (words.includes('--write')) writeSection('engine', text);
