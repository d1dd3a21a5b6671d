import semver from 'semver';
import type { PipelineDefinition } from '../definition/schema.ts';
import { didYouMean } from '../definition/suggest.ts';
import { parseUses } from '../definition/uses.ts';
import { unreadableRange } from './check-uses.ts';
import type { PipelineCheck } from './pipeline-check.ts';

const MAX_PIPELINES = 1_000;

/** Checks the pipelines that steps run: that they are there, and that those which run themselves say how deep. */
export const checkSubPipelines = (check: PipelineCheck): void => {
  const { definition, diagnostics, types, world } = check;
  for (const [index, step] of definition.steps.entries()) {
    const parsed = types[index]?.parsed;
    if (parsed?.kind !== 'pipeline') continue;
    const path = ['steps', index, 'uses'];
    if (semver.validRange(parsed.range) === null) diagnostics.add(unreadableRange(parsed.range, path));
    const isKnown = types[index]?.contract !== undefined;
    if (!isKnown && world.pipelines !== undefined) {
      diagnostics.add({
        code: 'IA_PIPELINE_UNKNOWN_PIPELINE',
        path,
        message: `There is no pipeline '${parsed.name}'${parsed.range === '*' ? '' : ` in a version that fits ${parsed.range}`}.`,
        hint: () => didYouMean(parsed.name, [...(world.pipelines?.names?.() ?? []), definition.name]),
      });
    }
    if (step.max_depth !== undefined || !isKnown) continue;
    const way = findWayBack(check, parsed);
    if (way === undefined) continue;
    diagnostics.add({
      code: 'IA_PIPELINE_RECURSION',
      path,
      message:
        way.length === 1
          ? `The pipeline '${definition.name}' runs itself and does not say how deep.`
          : `The pipeline '${definition.name}' runs itself through ${way.slice(0, -1).join(' → ')} and does not say how deep.`,
      hint: 'Give the step a max_depth from 1 to 32.',
    });
  }
};

type Call = { readonly name: string; readonly range: string };
type Visit = { readonly call: Call; readonly way: readonly string[] };

/** The names of the pipelines from a call to the pipeline being checked, when nothing on the way bounds the depth. */
const findWayBack = ({ definition, world }: PipelineCheck, first: Call): readonly string[] | undefined => {
  const seen = new Set<string>();
  const pending: Visit[] = [{ call: first, way: [first.name] }];
  for (let visit = pending.pop(); visit !== undefined && seen.size < MAX_PIPELINES; visit = pending.pop()) {
    const { call, way } = visit;
    if (call.name === definition.name) return way;
    const key = `${call.name}@${call.range}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const child = world.pipelines?.find(call.name, call.range);
    // A file is called by its path, and is the same pipeline nevertheless.
    if (child?.name === definition.name) return way;
    for (const next of child === undefined ? [] : unboundedCalls(child)) {
      pending.push({ call: next, way: [...way.slice(0, 10), next.name] });
    }
  }
  return undefined;
};

const unboundedCalls = ({ steps }: PipelineDefinition): Call[] =>
  steps.flatMap(({ uses, max_depth: maxDepth }) => {
    const parsed = parseUses(uses);
    return parsed?.kind === 'pipeline' && maxDepth === undefined ? [{ name: parsed.name, range: parsed.range }] : [];
  });
