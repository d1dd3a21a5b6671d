import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { deserialize, serialize } from 'node:v8';
import { compilePipeline, createRunState, type RunState } from '@ia-modules/engine';
import type { TallyState } from '../metering/step-tally.ts';
import type { ContextSnapshot } from './postgres-context.ts';

/** A run between two decisions. */
export type RunSnapshot = {
  readonly state: RunState;
  readonly context: ContextSnapshot;
  /** Of its steps up to then. */
  readonly tally: TallyState;
};

const MAX_SNAPSHOT_BYTES = 32 * 1_024 * 1_024;

const readFormat = (): string => {
  const engine = createRequire(import.meta.url)('@ia-modules/engine/package.json') as { readonly version: string };
  const plan = compilePipeline({ name: 'format', steps: [{ id: 'step', uses: 'core.noop' }] });
  const keys = Object.keys(createRunState(plan)).sort().join();
  return `3/${engine.version}/${createHash('sha256').update(keys).digest('hex').slice(0, 12)}`;
};

/** Says which engine can read a snapshot: another one goes by the log. */
export const SNAPSHOT_FORMAT = readFormat();

/** Undefined when the run is larger than a snapshot is worth. */
export const encodeSnapshot = (snapshot: RunSnapshot): Uint8Array | undefined => {
  const bytes = serialize(snapshot);
  return bytes.byteLength > MAX_SNAPSHOT_BYTES ? undefined : Buffer.concat([digestOf(bytes), bytes]);
};

/** Undefined when the bytes are not what was stored: a run that went on from them would take any course. */
export const decodeSnapshot = (bytes: Uint8Array): RunSnapshot | undefined => {
  const content = bytes.subarray(DIGEST_BYTES);
  if (!digestOf(content).equals(bytes.subarray(0, DIGEST_BYTES))) return undefined;
  return deserialize(content) as RunSnapshot;
};

const DIGEST_BYTES = 32;

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
