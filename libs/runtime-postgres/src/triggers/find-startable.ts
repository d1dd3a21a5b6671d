import {
  type Diagnostic,
  type JsonObject,
  type ParameterValidation,
  type PipelineDefinition,
  validateParameters,
} from '@ia-modules/engine';
import type { ClientBase } from 'pg';
import { hasTooManyWaiting, MAX_WAITING_RUNS } from './waiting-runs.ts';

export type Startable = {
  readonly kind: 'startable';
  readonly pipelineVersionId: string;
  /** Complete: with the defaults of what was left out. */
  readonly parameters: JsonObject;
};

/** Why a trigger starts no run of its pipeline now. */
export type StartRefusal =
  | { readonly kind: 'missing' }
  | { readonly kind: 'archived' }
  /** Too many runs of the tenant wait to begin. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'unfit'; readonly diagnostics: readonly Diagnostic[] };

const MAX_PROBLEM_CHARS = 1_000;

const FIND_LATEST = `select p.archived_at is not null as "isArchived", v.id as "versionId", v.definition
  from pipelines p
  join pipeline_versions v on v.tenant_id = p.tenant_id and v.pipeline_id = p.id and v.revision = p.revision
  where p.tenant_id = $1 and p.id = $2`;

type Latest = {
  readonly isArchived: boolean;
  readonly versionId: string;
  readonly definition: PipelineDefinition;
};

/** Finds what a run of the pipeline would start from now: its latest version, and the parameters checked and completed. */
export const findStartable = async (
  client: Pick<ClientBase, 'query'>,
  request: { readonly tenantId: string; readonly pipelineId: string; readonly parameters: JsonObject },
): Promise<Startable | StartRefusal> => {
  const { rows } = await client.query<Latest>(FIND_LATEST, [request.tenantId, request.pipelineId]);
  const latest = rows[0];
  if (latest === undefined) return { kind: 'missing' };
  if (latest.isArchived) return { kind: 'archived' };
  const { parameters, diagnostics } = checkParameters(latest.definition, request.parameters);
  if (parameters === undefined) return { kind: 'unfit', diagnostics };
  return { kind: 'startable', pipelineVersionId: latest.versionId, parameters };
};

/** A declaration that an earlier release took and this one does not must not stand in the way of other triggers. */
const checkParameters = (definition: PipelineDefinition, given: JsonObject): ParameterValidation => {
  try {
    return validateParameters(definition, given);
  } catch (error) {
    const message = `The declaration of the parameters can not be read: ${error instanceof Error ? error.message : String(error)}`;
    const place = { path: '$', line: null, column: null };
    return { diagnostics: [{ code: 'IA_PARAMETERS_INVALID', severity: 'error', ...place, message, hint: null }] };
  }
};

/** The same for what starts runs by itself, which ends where runs only pile up. */
export const findStartableNow = async (
  client: Pick<ClientBase, 'query'>,
  request: { readonly tenantId: string; readonly pipelineId: string; readonly parameters: JsonObject },
): Promise<Startable | StartRefusal> =>
  (await hasTooManyWaiting(client, request.tenantId)) ? { kind: 'busy' } : findStartable(client, request);

/** The refusal as the owner of a trigger reads it. */
export const describeRefusal = (refusal: StartRefusal): string => {
  if (refusal.kind === 'missing') return 'The pipeline is gone.';
  if (refusal.kind === 'archived') return 'The pipeline is archived.';
  if (refusal.kind === 'busy') return `${MAX_WAITING_RUNS} runs of the tenant wait to begin already.`;
  return describeDiagnostics(refusal.diagnostics).slice(0, MAX_PROBLEM_CHARS);
};

const describeDiagnostics = ([first, ...others]: readonly Diagnostic[]): string => {
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `The parameters do not fit the pipeline: ${first?.message ?? 'they are not valid'}${more}`;
};
