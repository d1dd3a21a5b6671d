import { PlatformError } from '@ia-modules/plugin-sdk';
import { findInstalled, findPlayable, type PlayableSource } from './find-playable.ts';
import { type AttemptSource, findSamples } from './find-attempts.ts';
import { type Judged, type Judgement, judgeSample, type Outcome, type Replay, type Replays } from './judge-sample.ts';
import { readRecorded, type RecordedAttempt } from './read-recorded.ts';
import type { RehearsalRows, SamplePlace, SampleResult, TakenRehearsal } from './rehearsal-rows.ts';
import { type Playable, replayAttempt, type ReplayServices } from './replay-attempt.ts';

export type RehearseServices = AttemptSource &
  PlayableSource &
  Pick<ReplayServices, 'sandbox'> & { readonly rows: RehearsalRows };

/** The same for every sample of a rehearsal. */
type Stage = {
  readonly rehearsal: TakenRehearsal;
  readonly after: Playable;
  /** The versions of then by their integrity; a text says why one can not be had. */
  readonly before: Map<string, Playable | string>;
  readonly signal: AbortSignal;
};

/** From its first start on, through however many processes. */
const MAX_DURATION_MS = 15 * 60_000;
/** What is left to chance may come out the same twice. */
const TIMES_AGAIN = 2;

/**
 * Does what is left of a rehearsal: chooses its samples unless that is done, then judges one after the other, so that never more than
 * one is in memory.
 *
 * @throws PlatformError when it can not go on at all, LostRehearsalError when it is not this process's any more
 */
export const rehearse = async (
  services: RehearseServices,
  rehearsal: TakenRehearsal,
  signal: AbortSignal,
): Promise<void> => {
  const { rows } = services;
  const { tenantId, pluginName: name, toVersion: version, toIntegrity: integrity } = rehearsal;
  const after = await findPlayable(services, { tenantId, name, version, integrity }, signal);
  if (rehearsal.sampleCount === null) await rows.addSamples(rehearsal, await findSamples(services, rehearsal, signal));
  const stage: Stage = { rehearsal, after, before: new Map(), signal };
  for (const sample of await rows.openSamples(rehearsal)) {
    signal.throwIfAborted();
    if (Date.now() - rehearsal.startedAt.getTime() > MAX_DURATION_MS) throw tooLong();
    await rows.judge(rehearsal, sample, await resultOf(services, stage, sample));
  }
};

const resultOf = async (services: RehearseServices, stage: Stage, sample: SamplePlace): Promise<SampleResult> => {
  const { pool, blobs } = services;
  const recorded = await readRecorded({ pool, blobs, tenantId: stage.rehearsal.tenantId }, sample);
  if (typeof recorded === 'string') return withoutRecord(recorded);
  const before = await playableOf(services, stage, sample);
  const work = { services, stage, sample, recorded };
  const first: Judged = {
    recorded: recorded.outcome,
    before: typeof before === 'string' ? before : { once: await play(work, before) },
    after: { once: await play(work, stage.after) },
    secrets: { before: secretsOf(before), after: secretsOf(stage.after) },
    maskedPaths: recorded.maskedPaths,
  };
  const judged = needsAnother(first, judgeSample(first)) ? await playedAgain(work, before, first) : first;
  return {
    judgement: judgeSample(judged),
    input: recorded.input,
    recorded: judged.recorded,
    before: outcomeOf(judged.before),
    after: outcomeOf(judged.after),
  };
};

const withoutRecord = (reason: string): SampleResult => ({
  judgement: { verdict: 'not_comparable', reason, differences: [], differenceCount: 0 },
  input: null,
  recorded: null,
  before: null,
  after: null,
});

type Work = {
  readonly services: RehearseServices;
  readonly stage: Stage;
  readonly sample: SamplePlace;
  readonly recorded: RecordedAttempt;
};

const play = ({ services, stage, sample, recorded }: Work, playable: Playable): Promise<Replay> => {
  const { rehearsal, signal } = stage;
  const { sandbox, blobs } = services;
  const findDependency: ReplayServices['findDependency'] = (tenantId, name, nested) =>
    findInstalled(services, { tenantId, name }, nested);
  const { tenantId } = rehearsal;
  return replayAttempt({ sandbox, blobs, findDependency }, { tenantId, sample, recorded, playable, signal });
};

const playableOf = async (
  services: RehearseServices,
  { rehearsal, before, signal }: Stage,
  { fromVersion: version, fromIntegrity: integrity }: SamplePlace,
): Promise<Playable | string> => {
  const known = before.get(integrity);
  if (known !== undefined) return known;
  const { tenantId, pluginName: name } = rehearsal;
  const found = await findPlayable(services, { tenantId, name, version, integrity }, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof PlatformError) || error.disposition === 'retry') throw error;
    return `${name}@${version} can not be rehearsed (${error.code}). ${error.message}`;
  });
  before.set(integrity, found);
  return found;
};

/** What differs may do so by chance, which shows when it is done again. What did not end in time would not again. */
const needsAnother = ({ after, before }: Judged, { verdict }: Judgement): boolean => {
  const replays = [after, ...(typeof before === 'string' ? [] : [before])].map(({ once }) => once.outcome);
  const isSlow = replays.some((outcome) => 'error' in outcome && outcome.error.code === 'IA_TASK_TIMEOUT');
  return !isSlow && (verdict === 'different' || verdict === 'new_error' || verdict === 'cured_error');
};

const playedAgain = async (work: Work, playable: Playable | string, judged: Judged): Promise<Judged> => {
  const { before, after } = judged;
  const [then, now]: [Replay[], Replay[]] = [[], []];
  for (let count = 0; count < TIMES_AGAIN; count += 1) {
    if (typeof playable !== 'string') then.push(await play(work, playable));
    now.push(await play(work, work.stage.after));
  }
  return {
    ...judged,
    before: typeof before === 'string' ? before : { ...before, again: then },
    after: { ...after, again: now },
  };
};

const secretsOf = (playable: Playable | string): readonly string[] =>
  typeof playable === 'string' ? [] : playable.plugin.manifest.permissions.secrets;

const outcomeOf = (replays: Replays | string): Outcome | null =>
  typeof replays === 'string' ? null : replays.once.outcome;

const tooLong = (): PlatformError =>
  new PlatformError({
    code: 'IA_TASK_TIMEOUT',
    message: `The rehearsal took more than ${MAX_DURATION_MS / 60_000} minutes.`,
    hint: 'What it found until then stays. Rehearse fewer samples, or one step of one pipeline.',
    fault: 'plugin',
    disposition: 'timeout',
  });
