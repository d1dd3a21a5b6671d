import type { Diagnostic, Json, JsonObject } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { findCronProblem, findStartable, isTimeZone, nextFireAt } from '@ia-modules/runtime-postgres';
import { notFound } from '../access.ts';
import { isName, MAX_NAME_LENGTH } from '../check-name.ts';
import type { ApiContext } from '../context.ts';
import { type Findings, finding } from '../findings.ts';
import type { TenantKey } from '../loaders.ts';

const MAX_PRIORITY = 100;

export const checkTriggerName = (name: string): Findings =>
  isName(name) ? [] : [finding('name', `A name has 1 to ${MAX_NAME_LENGTH} characters of well-formed text.`)];

export const checkPriority = (priority: number): Findings =>
  Math.abs(priority) <= MAX_PRIORITY
    ? []
    : [finding('priority', `A priority is between -${MAX_PRIORITY} and ${MAX_PRIORITY}.`)];

const CRON_HINT =
  'Write five fields such as "0 9 * * MON-FRI": minute, hour, day, month, day of the week; or six, with seconds first.';

/** Whether the expression can be read and ever comes. */
export const checkTiming = (cron: string, timeZone: string): Findings => {
  const cronProblem = findCronProblem(cron);
  const findings: Findings = cronProblem === null ? [] : [finding('cron', cronProblem, CRON_HINT)];
  if (!isTimeZone(timeZone)) {
    const message = `There is no time zone '${timeZone.slice(0, MAX_NAME_LENGTH)}'.`;
    findings.push(finding('timeZone', message, 'Write a name of the IANA database such as Europe/Zurich.'));
  }
  if (findings.length === 0 && nextFireAt(cron, timeZone, Date.now()) === null) {
    findings.push(finding('cron', 'This time never comes.', 'Choose a day that the month has.'));
  }
  return findings;
};

/** A JSON path below a field of the input: `$.day` becomes `$.parameters.day`. */
const below = (field: string, diagnostics: readonly Diagnostic[]): Findings =>
  diagnostics.map((diagnostic) => ({ ...diagnostic, path: `$.${field}${diagnostic.path.slice(1)}` }));

/**
 * Checks that a pipeline could start with these parameters now.
 *
 * @throws PlatformError IA_API_NOT_FOUND, or IA_API_CONFLICT for an archived pipeline.
 */
export const checkStart = async (
  { session }: ApiContext,
  { tenantId, id: pipelineId }: TenantKey,
  parameters: Json,
): Promise<Findings> => {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    return [finding('parameters', '`parameters` must be an object.')];
  }
  const found = await session.read(tenantId, 'trigger.write', (client) =>
    findStartable(client, { tenantId, pipelineId, parameters: parameters as JsonObject }),
  );
  if (found.kind === 'missing') throw notFound();
  if (found.kind === 'archived') {
    throw new PlatformError({
      code: 'IA_API_CONFLICT',
      message: 'The pipeline is archived.',
      hint: 'Create a new pipeline instead.',
    });
  }
  return found.kind === 'unfit' ? below('parameters', found.diagnostics) : [];
};
