import type { Contribution } from '../contribution.ts';
import { findContribution } from '../define-plugin.ts';
import { PlatformError } from '../errors.ts';
import type { Json } from '../json.ts';
import { contributionsOf, type ManifestContribution } from '../manifest.ts';
import { PluginError } from '../plugin-error.ts';
import { surroundCall } from './call-surroundings.ts';
import type { TestOutcome } from './test-outcome.ts';
import type { CallRequest, RunOptions, TestWorld } from './test-world.ts';
import { createValueChecks, type ValueChecks } from './value-checks.ts';

/** Calls one contribution as a run would, and gives what came of it. */
export const callContribution = async (world: TestWorld, request: CallRequest): Promise<TestOutcome> => {
  const { options } = request;
  const { recorder, run } = surroundCall(world, `"${request.name}" of ${world.name}`, options);
  try {
    const { contribution, checks } = findCalled(world, request);
    const input = checks.readInput(toJson(request.input, `The input of "${request.name}"`));
    await initialize(world, options);
    const returned = await run(async (context) =>
      toJson(await contribution.run(input, context), `What the ${contribution.kind} "${request.name}" returned`),
    );
    return { ok: true, output: checks.checkOutput(returned), ...recorder.read() };
  } catch (error) {
    if (error instanceof PlatformError) return { ok: false, error, ...recorder.read() };
    throw error;
  }
};

type Called = { readonly contribution: Contribution; readonly checks: ValueChecks };

const findCalled = (world: TestWorld, request: CallRequest): Called => {
  const { plugin, manifest, name: packageName, version } = world;
  const { name, options } = request;
  const all = contributionsOf(manifest);
  const found = all.filter((one) => one.name === name && (options.kind ?? one.kind) === one.kind);
  const [declared] = found;
  const called = `${packageName}@${version}`;
  if (declared === undefined)
    throw unknownContribution(`${called} has no ${options.kind ?? 'contribution'} "${name}".`, all);
  if (found.length > 1) {
    const kinds = found.map(({ kind }) => kind).join(' and a ');
    throw unknownContribution(`${called} has a ${kinds} "${name}": say which with the option \`kind\`.`, all);
  }
  const contribution = findContribution(plugin, declared.kind, name);
  if (contribution !== undefined) return { contribution, checks: checksFor(world, declared) };
  throw unknownContribution(`The code of ${called} defines no ${declared.kind} "${name}".`, all);
};

const checksFor = ({ checks }: TestWorld, declared: ManifestContribution): ValueChecks => {
  const key = `${declared.kind} ${declared.name}`;
  const known = checks.get(key) ?? createValueChecks(declared);
  checks.set(key, known);
  return known;
};

const unknownContribution = (message: string, all: readonly ManifestContribution[]): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_STEP',
    message,
    hint: `The manifest has: ${all.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`,
  });

/** Once for a platform, within the limits of its first call; what failed once may work for the next call. */
const initialize = async (world: TestWorld, options: RunOptions): Promise<void> => {
  const { init } = world.plugin;
  if (init === undefined) return;
  world.ready ??= surroundCall(world, `"init" of ${world.name}`, options).run(async (context) => init(context));
  try {
    await world.ready;
  } catch (error) {
    world.ready = undefined;
    throw error;
  }
};

/** A value as it arrives on the other side. */
const toJson = (value: unknown, what: string): Json => {
  if (value === undefined) return null;
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return JSON.parse(text) as Json;
  } catch {
    // Falls through to the same answer as for a value that JSON has no form for.
  }
  throw new PluginError({ message: `${what} is a value that is no JSON.` });
};
