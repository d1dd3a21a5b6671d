import { type PipelineDefinition, resolveUses } from '@ia-modules/engine';
import { LRUCache } from 'lru-cache';
import type { ClientBase } from 'pg';

/** What each step of a pipeline version uses, by its id; plugins by the names of their packages. */
export type UsesOfSteps = ReadonlyMap<string, string>;

/** Finds what the steps of versions use, within a transaction that may see them. */
export type FindUses = (client: ClientBase, versionIds: readonly string[]) => Promise<ReadonlyMap<string, UsesOfSteps>>;

/** As somebody stored it once. */
type StoredDefinition = {
  readonly id: string;
  readonly definition: Partial<Pick<PipelineDefinition, 'steps' | 'plugins'>>;
};

const MAX_CACHED_VERSIONS = 1_000;
const READ_VERSIONS = 'select id, definition from pipeline_versions where id = any($1::uuid[])';

/** Versions never change, so an entry never goes stale. */
export const createUsesFinder = (): FindUses => {
  const cache = new LRUCache<string, UsesOfSteps>({ max: MAX_CACHED_VERSIONS });
  return async (client, versionIds) => {
    const found = new Map<string, UsesOfSteps>();
    const missing = new Set<string>();
    for (const id of versionIds) {
      const uses = cache.get(id);
      if (uses === undefined) missing.add(id);
      else found.set(id, uses);
    }
    if (missing.size === 0) return found;
    const { rows } = await client.query<StoredDefinition>(READ_VERSIONS, [[...missing]]);
    for (const { id, definition } of rows) {
      const uses = usesOf(definition);
      cache.set(id, uses);
      found.set(id, uses);
    }
    return found;
  };
};

const usesOf = ({ steps, plugins }: StoredDefinition['definition']): UsesOfSteps =>
  new Map(Array.isArray(steps) ? steps.map((step) => [step.id, resolveUses(step.uses, plugins)]) : []);
