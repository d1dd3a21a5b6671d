/**
 * Measures what the engine itself costs: the time and heap of steps that do nothing in graphs of several shapes, beside other
 * ways to run the same graphs, and what loops, maps and tasks in memory add. Workflows can be given as files or folders
 * (`{name, tasks: [{id, deps}]}`), as arguments or in IA_BENCH_WORKFLOWS.
 *
 *   npm run bench -- engine [workflow.json …]
 */
import path from 'node:path';
import { measureRepetition } from './engine/repetition.ts';
import { measureStepCost, measureStepHeap } from './engine/step-cost.ts';
import { readWorkflows } from './engine/workflow.ts';

const fromEnvironment = (process.env['IA_BENCH_WORKFLOWS'] ?? '').split(path.delimiter).filter((place) => place !== '');
const files = readWorkflows([...process.argv.slice(2).filter((word) => !word.startsWith('-')), ...fromEnvironment]);

const print = (text: string): void => void process.stdout.write(`${text}\n\n`);

print(await measureStepCost(files));
print(await measureStepHeap());
print(await measureRepetition());
