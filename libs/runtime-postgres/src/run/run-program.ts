import {
  type JsonObject,
  compilePipeline,
  parsePackageSpec,
  type PipelineDefinition,
  type Plan,
  type PluginReference,
  rangeOfPackage,
} from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { RunStore, StoredPipelineVersion, StoredRun } from './run-store.ts';

/** What a run executes: its pipeline version, compiled, with the plugins that were pinned when it was saved. */
export type RunProgram = {
  readonly plan: Plan;
  /** What `run_started` records about the pipeline. */
  readonly pipeline: JsonObject;
  /** By alias, by what the aliases stand for (`@community/weather@^1`), and by the names of packages without one. */
  readonly resolvedPlugins: Readonly<Record<string, PluginReference>>;
};

export type LoadProgram = (run: StoredRun) => Promise<RunProgram>;

const MAX_CACHED_PROGRAMS = 500;

/**
 * Loads programs through a bounded cache: versions never change, so an entry never goes stale.
 * The returned function throws IA_RUNTIME_LOAD_FAILED when the version itself is at fault, other errors when the database is.
 */
export const createProgramLoader = (store: Pick<RunStore, 'readVersion'>): LoadProgram => {
  const cache = new Map<string, RunProgram>();
  return async (run) => {
    const cached = cache.get(run.pipelineVersionId);
    const program = cached ?? compile(run, await store.readVersion(run));
    cache.delete(run.pipelineVersionId);
    cache.set(run.pipelineVersionId, program);
    for (const oldest of cache.keys()) {
      if (cache.size <= MAX_CACHED_PROGRAMS) break;
      cache.delete(oldest);
    }
    return program;
  };
};

const compile = (run: StoredRun, stored: StoredPipelineVersion): RunProgram => {
  try {
    const definition = stored.definition as PipelineDefinition;
    return {
      plan: compilePipeline(definition),
      pipeline: {
        id: run.pipelineId,
        versionId: run.pipelineVersionId,
        name: run.pipelineName,
        version: stored.version,
        revision: stored.revision,
      },
      resolvedPlugins: { ...stored.resolvedPlugins, ...bySpec(definition, stored.resolvedPlugins) },
    };
  } catch (cause) {
    throw new PlatformError({
      code: 'IA_RUNTIME_LOAD_FAILED',
      message: `The pipeline version of the run can not be compiled: ${cause instanceof Error ? cause.message : 'unknown defect'}`,
      hint: 'Save the pipeline anew and start another run.',
      cause,
    });
  }
};

/** What a step uses names a package, and the range of its alias where aliases mean several versions of that package. */
const bySpec = (
  { plugins = {} }: PipelineDefinition,
  resolved: StoredPipelineVersion['resolvedPlugins'],
): RunProgram['resolvedPlugins'] =>
  Object.fromEntries(
    Object.entries(plugins).flatMap(([alias, spec]) => {
      const pinned = resolved[alias];
      if (pinned === undefined) return [];
      const { packageName, range } = parsePackageSpec(spec);
      const isNamedAlone = rangeOfPackage(packageName, plugins) === range;
      return [`${packageName}@${range}`, ...(isNamedAlone ? [packageName] : [])].map((key) => [key, pinned] as const);
    }),
  );
