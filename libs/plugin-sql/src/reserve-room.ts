import { stat } from 'node:fs/promises';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { MEMORY, type SqlTarget } from './sql-target.ts';

export type GrowingFile = {
  readonly maxGrowthBytes: number;
  /** Gives back what the file did not grow by. */
  readonly release: () => Promise<void>;
};

type Growing = { readonly ctx: TrustedContext; readonly place: SqlTarget; readonly isReadOnly: boolean };

const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

/** Sets room aside for the file that a transaction writes to, of what its tenant has left. */
export const reserveRoom = async ({ ctx, place, isReadOnly }: Growing): Promise<GrowingFile | undefined> => {
  if (place.kind !== 'sqlite' || place.path === MEMORY || isReadOnly) return undefined;
  const { path } = place;
  const room = await ctx.files.reserve(MAX_GROWTH_BYTES);
  const before = await sizeOf(path);
  return {
    maxGrowthBytes: room.bytes,
    release: async () => room.release(Math.max(0, (await sizeOf(path)) - before)),
  };
};

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
