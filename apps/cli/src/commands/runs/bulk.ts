import type { JsonObject } from '@ia-modules/engine';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { type BulkResult, bulkRuns } from '../../platform/documents/bulk-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import type { RunFilter } from './list.ts';

export type BulkAction = 'CANCEL' | 'PAUSE' | 'RESUME' | 'RETRY' | 'REPLAY' | 'FORK';

type Request = {
  readonly action: BulkAction;
  /** Global ids, or which runs. */
  readonly chosen: readonly string[] | RunFilter;
  /** What is asked besides. */
  readonly input: JsonObject;
};

/** Changes many runs; each is changed or refused on its own, and one refusal makes the command end with 1. */
export const changeRuns = async (session: PlatformSession, request: Request): Promise<ExitCode> => {
  const { action, chosen, input } = request;
  const common = { tenantId: (await session.tenant()).id, action, ...input };
  const results = isIds(chosen)
    ? await changeNamed(session, chosen, common)
    : await changeChosen(session, await toFilter(session, chosen), common);
  const refusedCount = results.filter(({ error }) => error !== null).length;
  session.print({ json: { results }, text: () => describe(results, refusedCount, session.terminal.style) });
  return refusedCount === 0 ? EXIT_CODES.ok : EXIT_CODES.findings;
};

const isIds = (chosen: Request['chosen']): chosen is readonly string[] => Array.isArray(chosen);

const MAX_IDS = 500;

const changeNamed = async (
  { api }: PlatformSession,
  ids: readonly string[],
  common: JsonObject,
): Promise<readonly BulkResult[]> => {
  const results: BulkResult[] = [];
  for (let at = 0; at < ids.length; at += MAX_IDS) {
    const runIds = ids.slice(at, at + MAX_IDS);
    results.push(...(await api.mutate(bulkRuns, { input: { ...common, runIds } })).results);
  }
  return results;
};

/** The youngest first: new runs that come of it are never met again. */
const changeChosen = async (
  { api }: PlatformSession,
  filter: JsonObject,
  common: JsonObject,
): Promise<readonly BulkResult[]> => {
  const results: BulkResult[] = [];
  for (let after: string | null = null; ; ) {
    const input: JsonObject = { ...common, filter: { ...filter, after } };
    const answer: Awaited<ReturnType<typeof send>> = await send(api, input);
    results.push(...answer.results);
    if (!answer.hasMore) return results;
    after = answer.endCursor;
  }
};

const send = (api: PlatformSession['api'], input: JsonObject) => api.mutate(bulkRuns, { input });

const toFilter = async (session: PlatformSession, { pipeline, status }: RunFilter): Promise<JsonObject> => ({
  ...(pipeline === undefined ? {} : { pipelineId: await session.pipelineId(pipeline) }),
  ...(status === undefined ? {} : { status }),
});

const describe = (results: readonly BulkResult[], refusedCount: number, style: Terminal['style']): string => {
  const rows = results.map(({ runId, run, error }) => [
    shortId(runId),
    error === null ? style('green', 'done') : style('red', 'refused'),
    error === null ? newRunOf(runId, run?.id) : `${error.code}: ${printable(error.message)}`,
  ]);
  const summary = `${countOf(results.length - refusedCount, 'run')} done, ${refusedCount} refused\n`;
  return formatTable({ titles: ['ID', 'RESULT', 'DETAIL'], rows }, style) + summary;
};

const newRunOf = (runId: string, changedId: string | undefined): string =>
  changedId === undefined || changedId === runId ? '' : `new run ${shortId(changedId)}`;

/** `1 run`, `2 runs`. */
export const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
