import type { Json } from '@ia-modules/engine';
import { listDifferences, listUnstable, type ListedDifferences, type ValueDifference } from './value-differences.ts';

export type Verdict = 'same' | 'different' | 'new_error' | 'cured_error' | 'schema_refused' | 'not_comparable';

export type SampleError = { readonly code: string; readonly name: string; readonly message: string };

/** What became of an attempt. */
export type Outcome = { readonly output: Json } | { readonly error: SampleError };

/** Where an input does not fit a schema. */
export type Misfit = { readonly path: string; readonly message: string };

/** An attempt that was made again: without a network, without secrets, with the time of then. */
export type Replay = {
  readonly outcome: Outcome;
  /** Whom it would have called: `GET https://api.example.com`. */
  readonly refused: readonly string[];
  /** Empty where its schema takes the input. */
  readonly misfits: readonly Misfit[];
};

/** A version's replay, and the same again. */
export type Replays = { readonly once: Replay; readonly again?: readonly Replay[] };

export type Judged = {
  readonly recorded: Outcome;
  /** Of the version of then; a text says why it could not be had. */
  readonly before: Replays | string;
  readonly after: Replays;
  /** Names that the manifests of both ask for. */
  readonly secrets: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Where the recorded input shows `***`. */
  readonly maskedPaths: readonly string[];
};

export type SampleDifference =
  | ValueDifference
  | { readonly path: string; readonly kind: 'refused'; readonly message: string };

export type Judgement = {
  readonly verdict: Verdict;
  /** Why it is so, or what else to know, for people. */
  readonly reason: string | null;
  readonly differences: readonly SampleDifference[];
  readonly differenceCount: number;
};

const plain = (verdict: Verdict, reason: string | null = null): Judgement => ({
  verdict,
  reason,
  differences: [],
  differenceCount: 0,
});

const isFailed = (outcome: Outcome): outcome is { readonly error: SampleError } => 'error' in outcome;

/**
 * Judges what the new version made of a recorded input. It is compared with the version of then under the same circumstances, as what
 * was recorded had a network, secrets and another moment; with the record where that version can not be had.
 */
export const judgeSample = (judged: Judged): Judgement => {
  const { recorded, before, after } = judged;
  const wasRefused = typeof before !== 'string' && before.once.misfits.length > 0;
  if (after.once.misfits.length > 0 && !wasRefused) return refusedBySchema(after.once.misfits);
  if (typeof before === 'string') {
    const judgement = compare(judged, recorded, []);
    return { ...judgement, reason: joined(`Compared with the record: ${before}`, judgement.reason) };
  }
  const old = before.once.outcome;
  if (isUnsteady(before)) return plain('not_comparable', 'The version of then sometimes fails on this input.');
  if (isFailed(old) && !isSameFailure(old, recorded)) return withoutBaseline(judged, before.once);
  return compare(judged, old, before.once.refused);
};

const refusedBySchema = (misfits: readonly Misfit[]): Judgement => ({
  verdict: 'schema_refused',
  reason: 'The schema of the new version does not take this input.',
  differences: misfits.map(({ path, message }) => ({ path, kind: 'refused', message })),
  differenceCount: misfits.length,
});

/** The version of then fails as it did not when it was recorded: only an output that is the recorded one says anything. */
const withoutBaseline = (judged: Judged, before: Replay): Judgement => {
  const { recorded, after, secrets } = judged;
  const now = after.once.outcome;
  const why = `The version of then can not be rehearsed with this input. ${whyFailed(before, secrets.before, judged)}`;
  if (isFailed(now) || isFailed(recorded)) return plain('not_comparable', why);
  return listDifferences(recorded.output, now.output).count === 0
    ? plain('same', 'Compared with the record, as the version of then needs more than a rehearsal gives.')
    : plain('not_comparable', why);
};

const compare = (judged: Judged, old: Outcome, refusedBefore: readonly string[]): Judgement => {
  const { after } = judged;
  const now = after.once.outcome;
  if (isUnsteady(after)) return plain('not_comparable', 'The new version sometimes fails on this input.');
  const newlyRefused = after.once.refused.filter((request) => !refusedBefore.includes(request));
  if (isFailed(now)) return isFailed(old) ? compareErrors(old, now) : judgeFailure(judged, newlyRefused);
  if (isFailed(old)) return plain('cured_error', `It failed with ${told(old.error)}`);
  return compareOutputs(judged, { old: old.output, now: now.output, newlyRefused });
};

const compareErrors = (old: { readonly error: SampleError }, now: { readonly error: SampleError }): Judgement => {
  const found = listDifferences(old, now);
  return found.count === 0 ? plain('same') : different(found, null);
};

const judgeFailure = (judged: Judged, newlyRefused: readonly string[]): Judgement => {
  const { after, secrets } = judged;
  const replay = after.once;
  const added = secrets.after.filter((name) => !secrets.before.includes(name));
  const needed = [...new Set([...added, ...mentioned(replay, secrets.after)])];
  if (newlyRefused.length > 0) return plain('not_comparable', needsNetwork(newlyRefused));
  if (needed.length > 0) return plain('not_comparable', needsSecrets(needed));
  return plain('new_error', isFailed(replay.outcome) ? told(replay.outcome.error) : null);
};

type Outputs = { readonly old: Json; readonly now: Json; readonly newlyRefused: readonly string[] };

const compareOutputs = (judged: Judged, { old, now, newlyRefused }: Outputs): Judgement => {
  const byChance = chanceOf(judged);
  const found = listDifferences(old, now, byChance);
  if (byChance.has('')) return plain('not_comparable', 'The version of then gives something else each time.');
  const note = byChance.size === 0 ? null : `By chance in the version of then: ${listed(byChance)}.`;
  if (found.count === 0) return plain('same', note);
  if (newlyRefused.length > 0) return { ...different(found, needsNetwork(newlyRefused)), verdict: 'not_comparable' };
  const unstable = unstableOf(judged.after);
  const chance = unstable.size === 0 ? null : `By chance in the new version: ${listed(unstable)}.`;
  return different(found, joined(note, chance));
};

const different = (found: ListedDifferences, reason: string | null): Judgement => ({
  verdict: 'different',
  reason,
  differences: found.listed,
  differenceCount: found.count,
});

const unstableOf = ({ once, again = [] }: Replays): ReadonlySet<string> =>
  new Set(again.flatMap((replay) => placesOf(once.outcome, replay.outcome)));

const placesOf = (one: Outcome, other: Outcome): readonly string[] =>
  isFailed(one) || isFailed(other) ? [] : [...listUnstable(one.output, other.output)];

/** Where the version of then gives something else each time; and where it gave something else, as the new one does each time. */
const chanceOf = ({ recorded, before, after }: Judged): ReadonlySet<string> => {
  if (typeof before === 'string') return new Set();
  const unsteady = unstableOf(after);
  const alsoThen = placesOf(recorded, before.once.outcome).filter((place) => unsteady.has(place));
  return new Set([...unstableOf(before), ...alsoThen]);
};

/** Fails at times and succeeds at times. */
const isUnsteady = ({ once, again = [] }: Replays): boolean =>
  again.some(({ outcome }) => isFailed(once.outcome) !== isFailed(outcome));

const isSameFailure = (old: { readonly error: SampleError }, recorded: Outcome): boolean =>
  isFailed(recorded) && recorded.error.code === old.error.code && recorded.error.name === old.error.name;

/** What a rehearsal does not give, as far as it shows, and the error itself. */
const whyFailed = (replay: Replay, secrets: readonly string[], { maskedPaths }: Judged): string => {
  const failure = isFailed(replay.outcome) ? `It fails with ${told(replay.outcome.error)}` : null;
  if (replay.refused.length > 0) return joined(needsNetwork(replay.refused), failure) ?? '';
  const named = mentioned(replay, secrets);
  if (named.length > 0) return needsSecrets(named);
  const masked =
    maskedPaths.length === 0 ? null : `Its input held a secret, which no log has, at ${maskedPaths.join(', ')}.`;
  const asked = secrets.length === 0 ? null : `It may need ${secrets.join(', ')}: a rehearsal gives no secrets.`;
  return joined(failure, masked, asked) ?? '';
};

const mentioned = ({ outcome }: Replay, secrets: readonly string[]): readonly string[] =>
  isFailed(outcome) ? secrets.filter((name) => outcome.error.message.includes(name)) : [];

const needsNetwork = (requests: readonly string[]): string =>
  `It calls ${requests.join(', ')}, and a rehearsal has no network.`;

const needsSecrets = (names: readonly string[]): string =>
  `It needs the secret ${names.join(', ')}, which a rehearsal does not give.`;

const told = ({ code, name, message }: SampleError): string => `${name} (${code}): ${message}`;

const MAX_NAMED = 5;

const listed = (places: ReadonlySet<string>): string => {
  const list = [...places].slice(0, MAX_NAMED).map((place) => (place === '' ? 'the whole' : place));
  return places.size > MAX_NAMED ? `${list.join(', ')} and ${places.size - MAX_NAMED} more` : list.join(', ');
};

const joined = (...parts: readonly (string | null)[]): string | null => {
  const said = parts.filter((part) => part !== null);
  return said.length === 0 ? null : said.join(' ');
};
