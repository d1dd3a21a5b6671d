import { PlatformError } from '@ia-modules/plugin-sdk';
import type { HealthCall } from '../plugin-call.ts';

/** Keeps a plugin whose process ends again and again from starting one after the other at the cost of all the rest. */
export type CrashBackoff = {
  /**
   * Lets a process start. What it gives is called when that process has ended on its own, or had to be ended.
   * @throws PlatformError `IA_PLUGIN_CRASHED` while the plugin has to wait
   */
  readonly enter: (call: HealthCall) => (reason: PlatformError) => void;
  readonly noteAnswer: (call: HealthCall) => void;
};

type Row = { readonly ends: number; readonly waitMs: number; readonly until: number; readonly because: string };

const FREE_ENDS = 2;
const ROW_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** Of plugins and tenants; the one whose process ended longest ago is forgotten. */
const MAX_ROWS = 1_000;

export const createCrashBackoff = (now: () => number = () => performance.now()): CrashBackoff => {
  const rows = new Map<string, Row>();
  const noteEnd = (key: string, reason: PlatformError, startedAt: number): void => {
    const last = rows.get(key);
    // Processes that ran side by side and end together are one end of a row.
    if (last !== undefined && startedAt < last.until - last.waitMs) return;
    const isInRow = last !== undefined && now() - last.until <= ROW_MS;
    const ends = isInRow ? last.ends + 1 : 1;
    const waitMs = ends <= FREE_ENDS ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (ends - FREE_ENDS - 1), MAX_WAIT_MS);
    rows.delete(key);
    rows.set(key, { ends, waitMs, until: now() + waitMs, because: reason.code });
    const [oldest] = rows.keys();
    if (rows.size > MAX_ROWS && oldest !== undefined) rows.delete(oldest);
  };
  return {
    enter: (call) => {
      const key = keyOf(call);
      const row = rows.get(key);
      const startedAt = now();
      if (row !== undefined && startedAt < row.until) throw waiting(call, row, row.until - startedAt);
      return (reason) => noteEnd(key, reason, startedAt);
    },
    noteAnswer: (call) => void rows.delete(keyOf(call)),
  };
};

const keyOf = ({ tenantId, plugin }: HealthCall): string =>
  JSON.stringify([tenantId, plugin.name, plugin.version, plugin.integrity]);

const waiting = ({ plugin }: HealthCall, { ends, because }: Row, leftMs: number): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_CRASHED',
    message: `${plugin.name}@${plugin.version} is not started at the moment: its process ended ${ends} times in a row.`,
    hint: `It may start again in ${Math.ceil(leftMs / 1_000)} s. The errors of the calls before say why it ended.`,
    fault: 'plugin',
    disposition: 'retry',
    details: { because, ends, waitMs: Math.ceil(leftMs) },
  });
