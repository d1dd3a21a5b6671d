import { grantSchema, type PluginGrant, PlatformError } from '@ia-modules/plugin-sdk';
import { type KeyRing, signatureError } from '@ia-modules/plugin-signatures';
import type { Pool } from 'pg';
import { createAskedTogether } from './asked-together.ts';
import { type PluginRefusal, refusalError } from './plugin-refusal.ts';

export type PluginIdentity = { readonly name: string; readonly version: string; readonly integrity: string };

export type AdmissionQuery = { readonly tenantId: string; readonly plugin: PluginIdentity };

export type StandingQuery = { readonly tenantId: string; readonly name: string; readonly version: string };

export type PluginAdmissionOptions = {
  /** Of a role that may call `plugin_admission`: no transaction of a tenant is needed. */
  readonly pool: Pick<Pool, 'query'>;
  readonly keys: Pick<KeyRing, 'verify'>;
};

export type PluginAdmission = {
  /**
   * Lets an installed version run now, with what the tenant grants it. Nothing of it is remembered: what is published,
   * changed or taken back takes effect with the next call.
   * @throws PlatformError IA_PLUGIN_NOT_INSTALLED, IA_PLUGIN_NOT_ALLOWED, IA_PLUGIN_ADVISORY, IA_PLUGIN_TAKEN_DOWN,
   *   IA_PLUGIN_INTEGRITY, IA_PLUGIN_SIGNATURE; whatever the database throws when it does not answer
   */
  admit(query: AdmissionQuery): Promise<PluginGrant>;
  /**
   * Lets a published version be installed, or tried without being installed.
   * @throws PlatformError the same as `admit`, IA_PLUGIN_NOT_INSTALLED when there is no such version, never IA_PLUGIN_INTEGRITY
   */
  check(query: StandingQuery): Promise<void>;
};

type Granted = Standing & { readonly grant: unknown };

type Standing = {
  readonly integrity: string;
  readonly signatures: unknown;
  readonly publishedAt: Date;
  readonly isLetIn: boolean;
  readonly blockCode: PluginRefusal['code'] | null;
  readonly blockReason: string | null;
  readonly patchedRange: string | null;
};

const STANDING = `integrity, signatures, published_at as "publishedAt", is_let_in as "isLetIn", block_code as "blockCode",
  block_reason as "blockReason", patched_range as "patchedRange"`;

const ADMISSIONS = {
  name: 'plugin_admissions',
  text: `select asked.place::int, "grant", ${STANDING}
    from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as asked (tenant_id, name, version, place)
    cross join lateral plugin_admission(asked.tenant_id, asked.name, asked.version)`,
};
const READ_STANDING = `select ${STANDING} from plugin_standing($1, $2, $3)`;

/** Decides over the code of plugins, for everything that runs or installs it. */
export const createPluginAdmission = ({ pool, keys }: PluginAdmissionOptions): PluginAdmission => {
  const ask = createAskedTogether((asked: readonly StandingQuery[]) => readAdmissions(pool, asked));

  const requireGoodStanding = async (standing: Standing, plugin: PluginIdentity): Promise<void> => {
    const { name, version } = plugin;
    const refusal = refusalOf(standing);
    if (refusal !== undefined) throw refusalError({ ...refusal, name, version });
    if (standing.integrity !== plugin.integrity) throw otherIntegrity(plugin);
    const { signatures, publishedAt } = standing;
    const verdict = await keys.verify({ ...plugin, signatures, publishedAt });
    if (!verdict.ok) throw signatureError(verdict);
  };

  return {
    admit: async ({ tenantId, plugin }) => {
      const { name, version } = plugin;
      const granted = await ask({ tenantId, name, version });
      if (granted === undefined) throw notInstalled(`${name}@${version} is not installed in this tenant.`);
      await requireGoodStanding(granted, plugin);
      return grantSchema.parse(granted.grant);
    },
    check: async ({ tenantId, name, version }) => {
      const { rows } = await pool.query<Standing>(READ_STANDING, [tenantId, name, version]);
      if (rows[0] === undefined) throw notInstalled(`There is no ${name}@${version} for this tenant.`);
      await requireGoodStanding(rows[0], { name, version, integrity: rows[0].integrity });
    },
  };
};

/** Wide maps ask for the same version by the hundred. */
const readAdmissions = async (
  pool: PluginAdmissionOptions['pool'],
  asked: readonly StandingQuery[],
): Promise<readonly (Granted | undefined)[]> => {
  const distinct = [...new Map(asked.map((query) => [admissionKey(query), query])).values()];
  const { rows } = await pool.query<Granted & { place: number }>({
    ...ADMISSIONS,
    values: [
      distinct.map(({ tenantId }) => tenantId),
      distinct.map(({ name }) => name),
      distinct.map(({ version }) => version),
    ],
  });
  const granted = new Map(
    rows.flatMap((row) => {
      const query = distinct[row.place - 1];
      return query === undefined ? [] : [[admissionKey(query), row] as const];
    }),
  );
  return asked.map((query) => granted.get(admissionKey(query)));
};

const admissionKey = ({ tenantId, name, version }: StandingQuery): string => `${tenantId} ${name}@${version}`;

/** Who took a plugin out outweighs what the tenant thinks of it. */
const refusalOf = (standing: Standing): Omit<PluginRefusal, 'name' | 'version'> | undefined => {
  const { blockCode: code, blockReason: reason, patchedRange, isLetIn } = standing;
  if (code !== null) return { code, reason, patchedRange };
  return isLetIn ? undefined : { code: 'IA_PLUGIN_NOT_ALLOWED', reason: null };
};

const notInstalled = (message: string): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_NOT_INSTALLED',
    message,
    hint: 'Install it and grant what it asks for, then start the run again.',
  });

const otherIntegrity = ({ name, version }: PluginIdentity): PlatformError =>
  new PlatformError({
    code: 'IA_PLUGIN_INTEGRITY',
    message: `What the catalogue has as ${name}@${version} is not the tarball that the pipeline version pinned.`,
    hint: 'Somebody changed the catalogue. Tell the operator of the platform before you run this plugin again.',
    fault: 'infra',
  });
