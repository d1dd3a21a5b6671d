import type { Command } from 'commander';
import type { Json } from '@ia-modules/engine';
import { collect, readAssignments, readJson, readJsonObject } from '../../platform/argument-values.ts';
import { UsageError } from '../../usage-error.ts';

export type ForkOptions = EffectOptions & {
  readonly from: string;
  readonly iteration?: string;
  readonly input?: string;
  readonly set?: readonly string[];
  readonly mock?: readonly string[];
  readonly breakpoint?: readonly string[];
};

export type EffectOptions = { readonly effect?: readonly string[] };

export const addEffectOption = (command: Command): Command =>
  command.option(
    '--effect <key=decision>',
    'answers for an effect that nobody knows of: repeat, fail, confirm, or confirm:JSON with its output; may be repeated',
    collect,
  );

export const addForkOptions = (command: Command): Command =>
  addEffectOption(command)
    .requiredOption('--from <step>', 'the step from which on things are done anew')
    .option('--iteration <path>', 'which execution of it, in loops: 2.1')
    .option('--input <json>', "in place of what the step's `with` gives: a JSON object, or @file")
    .option('--set <path=json>', 'another value, such as parameters.city="Ulm"; may be repeated', collect)
    .option('--mock <step=json>', 'the step gives this instead of being run; may be repeated', collect)
    .option('--breakpoint <step>', 'stop before a step, or at a transition from->to; may be repeated', collect);

/** From where on a fork goes its own way, and how, as the API takes it. */
export const readFork = async (options: ForkOptions): Promise<Readonly<Record<string, Json>>> => {
  const { from, iteration, input, set = [], mock = [], breakpoint = [] } = options;
  const variables = await readAssignments(set, '--set');
  const mocks = await readAssignments(mock, '--mock');
  return {
    stepId: from,
    ...(iteration === undefined ? {} : { iteration }),
    ...(input === undefined ? {} : { input: await readJsonObject(input, '--input') }),
    ...(set.length === 0 ? {} : { variables: Object.entries(variables).map(([path, value]) => ({ path, value })) }),
    ...(mock.length === 0
      ? {}
      : { mocks: Object.entries(mocks).map(([stepId, output]) => ({ stepId, result: { output } })) }),
    ...(breakpoint.length === 0 ? {} : { breakpoints: splitBreakpoints(breakpoint) }),
  };
};

/** Breakpoints at transitions are written `from->to`. */
export const splitBreakpoints = (places: readonly string[]) => ({
  steps: places.filter((place) => !place.includes('->')),
  transitions: places.filter((place) => place.includes('->')),
});

type EffectAnswer = { readonly key: string; readonly decision: string; readonly output?: Json };

/** What is said of effects that nobody knows of, as the API takes it. */
export const readEffects = async ({ effect = [] }: EffectOptions): Promise<{ readonly effects?: EffectAnswer[] }> =>
  effect.length === 0 ? {} : { effects: await Promise.all(effect.map(readEffect)) };

const readEffect = async (text: string): Promise<EffectAnswer> => {
  const { key, decision, output } =
    /^(?<key>[^=]+)=(?<decision>repeat|fail|confirm)(?::(?<output>.+))?$/s.exec(text)?.groups ?? {};
  if (key === undefined || decision === undefined || (output !== undefined && decision !== 'confirm')) {
    throw new UsageError(`--effect ${text}: write KEY=repeat, KEY=fail, KEY=confirm or KEY=confirm:JSON.`);
  }
  const answer = { key, decision: decision.toUpperCase() };
  return output === undefined ? answer : { ...answer, output: await readJson(output, '--effect') };
};
