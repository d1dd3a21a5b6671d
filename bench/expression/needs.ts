import type { Scope } from '@ia-modules/engine';
import type { Candidate } from './candidates.ts';
import { sampleScope } from './samples.ts';

/** What the language asks of an evaluator, each as an expression that shows it. */
type Need = { readonly name: string; readonly source: string; readonly scope?: Scope };

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** The size of a list that is put together from eight of the one before, level by level. */
const grown = (levels: number): string => {
  const bindings = numbers(levels).map((level) => {
    const part = level === 0 ? '[1]' : `v${level}`;
    return `cel.bind(v${level + 1}, ${Array.from({ length: 8 }, () => part).join(' + ')}, `;
  });
  return `${bindings.join('')}size(v${levels})${')'.repeat(levels)}`;
};

const withParameters = (parameters: Scope['parameters']): Scope => ({ ...sampleScope, parameters });

export const needs: readonly Need[] = [
  { name: 'a JSON number plus a literal', source: 'steps.fetch.output.count + 1' },
  { name: '… its remainder', source: 'iteration % 2 == 1' },
  { name: '… compared with a literal', source: 'steps.fetch.output.count == 12 && steps.fetch.output.count > 2' },
  { name: 'a field that is not there', source: 'steps.fetch.output.missing' },
  { name: 'a root that is not there', source: 'nothing.at.all' },
  { name: 'a type that never fits', source: '1 + "a"' },
  { name: 'has(a.b)', source: 'has(steps.fetch.output.missing)' },
  { name: 'has(a["x"].b)', source: 'has(steps["slow-branch"].output)' },
  { name: 'has(a["b"])', source: 'has(steps.fetch.output["missing"])' },
  { name: 'a local variable', source: 'cel.bind(n, 2, n * n)' },
  { name: '20,000 brackets', source: `${'('.repeat(20_000)}1${')'.repeat(20_000)}` },
  { name: 'matches("^(a+)+$") on 26 letters', source: `"${'a'.repeat(26)}!".matches("^(a+)+$")` },
  {
    name: 'duration of 1,000 digits',
    source: 'duration(parameters.digits) > duration("1s")',
    scope: withParameters({ digits: '1'.repeat(1_000) }),
  },
  {
    name: 'all pairs of 1,000 elements',
    source: 'parameters.list.all(x, parameters.list.all(y, x + y >= 0.0))',
    scope: withParameters({ list: numbers(1_000) }),
  },
  {
    name: 'an object of 10,000 keys, 100 times',
    source: 'parameters.list.all(x, parameters.object != null)',
    scope: withParameters({
      list: numbers(100),
      object: Object.fromEntries(numbers(10_000).map((index) => [`key${index}`, index])),
    }),
  },
  { name: 'a list made eight times as long, 7 times', source: grown(7) },
];

/** What a candidate makes of a need, when it finds out, and how much CPU time that took. */
export const show = ({ compile }: Candidate, { source, scope = sampleScope }: Need): string => {
  const before = process.threadCpuUsage();
  let phase = 'ready';
  let outcome: string;
  try {
    const evaluate = compile(source);
    phase = 'run';
    outcome = String(evaluate(scope));
  } catch (error) {
    const summary = error instanceof Error && 'summary' in error ? error.summary : undefined;
    const message = String(summary ?? (error instanceof Error ? error.message : error)).split('\n')[0] ?? '';
    outcome = `${phase === 'run' ? 'fails' : 'refused'}: ${message.slice(0, 60)}`;
  }
  const { user, system } = process.threadCpuUsage(before);
  const timeMs = (user + system) / 1_000;
  return timeMs < 20 ? outcome : `${outcome} (${timeMs.toFixed(0)} ms)`;
};
