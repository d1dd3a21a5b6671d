import type { RunRow } from '../../runs/run-rows.ts';
import { builder } from '../builder.ts';
import { RunRef } from '../refs.ts';

/** The success of a mutation that answers a run. */
export const runSuccess = <Kind extends `${string}Success`>(kind: Kind, description: string) =>
  builder
    .objectRef<{ readonly kind: Kind; readonly run: RunRow }>(kind)
    .implement({ description, fields: (t) => ({ run: t.field({ type: RunRef, resolve: (success) => success.run }) }) });
