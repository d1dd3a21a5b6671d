import type { BlobStore } from '@ia-modules/blobs';
import { idempotencyKeyOf, type Json, parseUses, toRecordedError } from '@ia-modules/engine';
import type { InstalledPlugin, SandboxCall, SandboxPool } from '@ia-modules/plugin-host';
import { type ContributionKind, PlatformError } from '@ia-modules/plugin-sdk';
import type { BlobPort } from '@ia-modules/plugin-sdk/host';
import { createBlobPort } from '../blob-port.ts';
import type { Misfit, Replay } from './judge-sample.ts';
import { pointerOf } from './value-differences.ts';
import { type RecordedAttempt, shortError } from './read-recorded.ts';
import type { SamplePlace } from './rehearsal-rows.ts';

/** A version as it lies on this machine, with what its tenant lets it read. */
export type Playable = { readonly plugin: InstalledPlugin; readonly mayReadBlobs: boolean };

export type ReplayServices = {
  readonly sandbox: Pick<SandboxPool, 'call'>;
  readonly blobs: BlobStore;
  /** Another plugin of the tenant that one calls. @throws PlatformError when the tenant has it not, or nothing starts with it */
  readonly findDependency: (tenantId: string, packageName: string, signal: AbortSignal) => Promise<Playable>;
};

export type ReplayRequest = {
  readonly tenantId: string;
  readonly sample: SamplePlace;
  readonly recorded: RecordedAttempt;
  readonly playable: Playable;
  readonly signal: AbortSignal;
};

/** However long a manifest allows: many attempts are made again, each several times. */
const MAX_CALL_MS = 30_000;
const MAX_REFUSED = 10;
const MAX_KEPT_BYTES = 64 * 1_024 * 1_024;

/**
 * Makes a recorded attempt again in the sandbox: its input, its idempotency key and the time of then; no network, no secrets, and
 * bytes that it keeps are kept for the call alone. What stands in the way of any attempt is thrown, what became of this one is given.
 */
export const replayAttempt = async (services: ReplayServices, request: ReplayRequest): Promise<Replay> => {
  const refused = new Set<string>();
  try {
    const output = await callOnce(services, request, {
      kind: request.sample.kind,
      name: request.sample.contribution,
      input: request.recorded.input,
      idempotencyKey: keyOf(request.sample),
      refused,
      blobs: createReplayBlobs(services.blobs, request),
      playable: request.playable,
      signal: request.signal,
      depth: 0,
    });
    return { outcome: { output }, refused: [...refused], misfits: [] };
  } catch (error) {
    request.signal.throwIfAborted();
    if (!(error instanceof PlatformError) || isOurs(error)) throw error;
    const misfits = misfitsOf(error);
    return { outcome: { error: shortError(toRecordedError(error)) }, refused: [...refused], misfits };
  }
};

/** What the machine, not the plugin, is to blame for. */
const isOurs = ({ fault, disposition }: PlatformError): boolean => fault === 'infra' || disposition === 'canceled';

const keyOf = ({ runId, stepId, iteration, itemIndex, part }: SamplePlace): string =>
  idempotencyKeyOf({
    runId,
    stepId: stepId ?? '',
    iteration: iteration ?? '',
    index: itemIndex ?? '',
    part: part ?? undefined,
  });

type OneCall = {
  readonly kind: ContributionKind;
  readonly name: string;
  readonly input: Json;
  readonly idempotencyKey: string;
  /** Whom anybody would have called. */
  readonly refused: Set<string>;
  readonly blobs: BlobPort;
  readonly playable: Playable;
  readonly signal: AbortSignal;
  readonly depth: number;
};

const callOnce = async (services: ReplayServices, request: ReplayRequest, call: OneCall): Promise<Json> => {
  const { tenantId, sample, recorded } = request;
  const { plugin, mayReadBlobs } = call.playable;
  let calls = 0;
  const given: SandboxCall = {
    tenantId,
    plugin,
    kind: call.kind,
    name: call.name,
    input: call.input,
    grant: { net: [], secrets: [], blobs: mayReadBlobs },
    net: { refuse: ({ method, origin }) => noteRefused(call.refused, `${method} ${origin}`) },
    clock: { nowMs: recorded.startedAtMs },
    idempotencyKey: call.idempotencyKey,
    task: { runId: sample.runId, stepId: sample.stepId ?? '', attempt: sample.attempt },
    timeoutMs: MAX_CALL_MS,
    signal: call.signal,
    blobs: call.blobs,
    depth: call.depth,
    callPlugin: async (uses, input, signal) => {
      calls += 1;
      const dependency = parseUses(uses);
      if (dependency?.kind !== 'package') throw noStep(uses);
      const nested = AbortSignal.any([call.signal, signal]);
      const playable = await services.findDependency(tenantId, dependency.packageName, nested);
      const idempotencyKey = `${call.idempotencyKey}/${calls}:${uses}`;
      const [kind, depth] = ['step' as const, call.depth + 1];
      const inner = { ...call, kind, name: dependency.step, input, idempotencyKey, playable, signal: nested, depth };
      return await callOnce(services, request, inner);
    },
  };
  return await services.sandbox.call(given);
};

const noteRefused = (refused: Set<string>, request: string): void => {
  if (refused.size < MAX_REFUSED) refused.add(request);
};

const noStep = (uses: string): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_DEPENDENCY',
    message: `'${uses.slice(0, 200)}' names no step of a plugin.`,
    fault: 'plugin',
  });

/** Reads what the run has kept; what is put stays here, under the name that it would have there. */
const createReplayBlobs = (store: BlobStore, { tenantId, sample: { runId } }: ReplayRequest): BlobPort => {
  const kept = new Map<string, Uint8Array>();
  let keptBytes = 0;
  const put = async (key: string, bytes: Uint8Array): Promise<void> => {
    keptBytes += kept.has(key) ? 0 : bytes.byteLength;
    if (keptBytes > MAX_KEPT_BYTES) throw keepsTooMuch();
    kept.set(key, bytes.slice());
  };
  const get = async (key: string, signal?: AbortSignal): Promise<Uint8Array | undefined> =>
    kept.get(key) ?? (await store.get(key, signal));
  return createBlobPort({ put, get }, { tenantId, runId });
};

const keepsTooMuch = (): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_LIMIT',
    message: `In a rehearsal, one call keeps at most ${MAX_KEPT_BYTES} bytes.`,
    fault: 'plugin',
  });

const misfitsOf = ({ code, details }: PlatformError): readonly Misfit[] => {
  if (code !== 'IA_PLUGIN_INPUT' || !Array.isArray(details?.['violations'])) return [];
  const violations = details['violations'] as readonly { path: readonly (string | number)[]; message: string }[];
  return violations.map(({ path, message }) => ({ path: pointerOf(path), message }));
};
