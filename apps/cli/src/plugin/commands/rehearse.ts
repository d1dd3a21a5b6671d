import { setTimeout as delay } from 'node:timers/promises';
import { ERROR_CODES, type ErrorCode, PlatformError } from '@ia-modules/plugin-sdk';
import type { CommandRegistration } from '../../commands/registration.ts';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { nameUnknown, notFound } from '../../platform/api-failure.ts';
import { given, wholeNumber } from '../../platform/argument-values.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { untilInterrupt } from '../../run/until-interrupt.ts';
import { parseSpec } from '../platform/find-plugin.ts';
import { formatRehearsal } from '../platform/format-rehearsal.ts';
import {
  cancelRehearsal,
  type Rehearsal,
  rehearsalById,
  rehearsalSamples,
  rehearseUpgrade,
} from '../platform/rehearsal-documents.ts';

type RehearseOptions = {
  readonly pipeline?: string;
  readonly step?: string;
  readonly contribution?: string;
  readonly samples: number;
};

const POLL_MS = 1_000;
const MAX_SAMPLES = 100;

/** `ia-plugin rehearse`: ends with 1 when the new version does anything else that is not better. */
export const addRehearseCommand = (registration: CommandRegistration): void => {
  platformCommand(
    registration.program,
    'rehearse <plugin> <version>',
    'Show what another version of an installed plugin makes of what runs gave it, without changing anything.',
  )
    .option('--pipeline <pipeline>', 'only attempts of runs of this one: its name or id')
    .option('--step <id>', 'only attempts of this step')
    .option('--contribution <name>', 'only attempts that called this contribution of the plugin')
    .option('--samples <n>', 'at most so many attempts', wholeNumber(1, MAX_SAMPLES), 20)
    .action(withSession<RehearseOptions, [string, string]>(registration, rehearse));
};

const rehearse = async (
  session: PlatformSession,
  { pipeline, step, contribution, samples }: RehearseOptions,
  [text, toVersion]: readonly [string, string],
): Promise<ExitCode> => {
  const { name } = parseSpec(text);
  const { id: tenantId } = await session.tenant();
  const pipelineId = pipeline === undefined ? undefined : await session.pipelineId(pipeline);
  const input = given({ tenantId, name, toVersion, pipelineId, stepId: step, contribution, samples });
  const { rehearsal: asked } = await session.api
    .mutate(rehearseUpgrade, { input })
    .catch(nameUnknown(`${name} is not installed in this tenant.`));
  const ended = await untilInterrupt((signal) => untilEnded(session, asked, signal), undefined);
  if (ended.error !== null) throw failureOf(ended.error);
  const found = await readList(MAX_SAMPLES, async (page) => {
    const { node } = await session.api.query(rehearsalSamples, { id: ended.id, ...page });
    return node?.samples;
  });
  session.print({
    json: { rehearsal: ended, samples: found },
    text: () => formatRehearsal(ended, found, session.terminal.style),
  });
  if (found.length === 0 && !session.isJson)
    session.terminal.writeError('No attempt is recorded that could be rehearsed.\n');
  const { different, newError, schemaRefused } = ended.counts;
  const isClean = ended.status === 'succeeded' && different + newError + schemaRefused === 0;
  return isClean ? EXIT_CODES.ok : EXIT_CODES.findings;
};

/** An interrupt ends the rehearsal as well. */
const untilEnded = async (session: PlatformSession, asked: Rehearsal, signal: AbortSignal): Promise<Rehearsal> => {
  let found: Rehearsal = asked;
  while (found.status === 'pending' || found.status === 'running') {
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return (await session.api.mutate(cancelRehearsal, { input: { id: asked.id } })).rehearsal;
    const { node } = await session.api.query(rehearsalById, { id: asked.id });
    if (node === null) throw notFound('The rehearsal is gone.');
    found = node;
  }
  return found;
};

const failureOf = ({ code, message, hint }: NonNullable<Rehearsal['error']>): PlatformError =>
  new PlatformError({
    code: Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'IA_INTERNAL',
    message,
    hint: hint ?? undefined,
  });
