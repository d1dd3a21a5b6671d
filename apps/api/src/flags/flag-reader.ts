import { withTenantClient } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Pool } from 'pg';
import { ExpiringCache } from '../expiring-cache.ts';
import { FEATURE_FLAGS, type FeatureFlagName } from './feature-flags.ts';

/** How long a change by another process may go unnoticed. */
const CACHE_MS = 2_000;
const MAX_CACHED = 10_000;

export const switchedOff = (name: FeatureFlagName): PlatformError =>
  new PlatformError({
    code: 'IA_API_FORBIDDEN',
    message: `The feature ${name} is switched off in this tenant.`,
    hint:
      FEATURE_FLAGS[name].setBy === 'tenant'
        ? 'An owner or admin can switch it on.'
        : 'Ask the operator of the platform.',
  });

export type FlagReader = {
  readonly isEnabled: (tenantId: string, name: FeatureFlagName) => Promise<boolean>;
  /** @throws PlatformError IA_API_FORBIDDEN when it is switched off */
  readonly require: (tenantId: string, name: FeatureFlagName) => Promise<void>;
  /** After a change in this process. */
  readonly forget: (tenantId: string) => void;
};

type Flags = ReadonlyMap<string, boolean>;

const readFlags = (lookups: Pool, tenantId: string): Promise<Flags> =>
  withTenantClient(lookups, tenantId, async (client) => {
    const sql = 'select name, is_enabled as "isEnabled" from feature_flags where tenant_id = $1';
    const { rows } = await client.query<{ name: string; isEnabled: boolean }>(sql, [tenantId]);
    return new Map(rows.map(({ name, isEnabled }) => [name, isEnabled]));
  });

/** Reads what is switched on or off in tenants, at most two seconds old. */
export const createFlagReader = (lookups: Pool): FlagReader => {
  const cache = new ExpiringCache<Flags>({ keepMs: CACHE_MS, maxEntries: MAX_CACHED });

  const isEnabled = async (tenantId: string, name: FeatureFlagName): Promise<boolean> =>
    (await cache.read(tenantId, () => readFlags(lookups, tenantId))).get(name) ?? FEATURE_FLAGS[name].isEnabled;

  return {
    isEnabled,
    require: async (tenantId, name) => {
      if (await isEnabled(tenantId, name)) return;
      throw switchedOff(name);
    },
    forget: (tenantId) => cache.forget(tenantId),
  };
};
