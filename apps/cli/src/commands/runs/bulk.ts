import { PlatformError } from '@ia-modules/plugin-sdk';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import type { Operation, Variables } from '../../platform/api-client.ts';
import type { ChangedRun } from '../../platform/documents/control-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';

type Request = {
  readonly runIds: readonly string[];
  readonly operation: Operation<{ readonly run: ChangedRun }>;
  /** What is asked besides the run. */
  readonly inputOf: (runId: string) => Variables;
};

type Refusal = { readonly code: string; readonly message: string; readonly hint: string | null };
type Outcome = { readonly runId: string; readonly run: ChangedRun | null; readonly error: Refusal | null };

const MAX_AT_ONCE = 8;

/** Changes many runs; each is changed or refused on its own, and one refusal makes the command end with 1. */
export const changeRuns = async (session: PlatformSession, request: Request): Promise<ExitCode> => {
  const results: Outcome[] = [];
  for (let at = 0; at < request.runIds.length; at += MAX_AT_ONCE) {
    const batch = request.runIds.slice(at, at + MAX_AT_ONCE);
    results.push(...(await Promise.all(batch.map((runId) => changeRun(session, runId, request)))));
  }
  const refusedCount = results.filter(({ error }) => error !== null).length;
  session.print({ json: { results }, text: () => describe(results, refusedCount, session.terminal.style) });
  return refusedCount === 0 ? EXIT_CODES.ok : EXIT_CODES.findings;
};

/** What the platform refuses is an outcome; what keeps the command from asking ends it. */
const changeRun = async (
  { api }: PlatformSession,
  runId: string,
  { operation, inputOf }: Request,
): Promise<Outcome> => {
  try {
    const { run } = await api.mutate(operation, { input: { runId, ...inputOf(runId) } });
    return { runId, run, error: null };
  } catch (error) {
    if (!(error instanceof PlatformError) || error.fault !== 'user') throw error;
    const { code, message, hint = null } = error;
    return { runId, run: null, error: { code, message, hint } };
  }
};

const describe = (results: readonly Outcome[], refusedCount: number, style: Terminal['style']): string => {
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
