import type { BlobStore } from '@ia-modules/blobs';
import type { AuditOrigin, Database, Permission, Prisma, Principal } from '@ia-modules/database';
import type { PluginAdmission } from '@ia-modules/plugin-admission';
import type { SecretSealer } from '@ia-modules/secrets';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Auth } from './auth/auth.ts';
import type { Credential } from './auth/credential.ts';
import type { PrincipalResolver } from './auth/principal-resolver.ts';
import { OperationLifetime } from './operation-lifetime.ts';
import type { SignInConfig } from './config.ts';
import type { MailQueue } from './mail/mail-queue.ts';
import type { FlagReader } from './flags/flag-reader.ts';
import type { LiveServices } from './live/live-services.ts';
import { createOperationLoaders, type OperationLoaders } from './operation-loaders.ts';
import { RunInspections } from './runs/run-inspections.ts';
import { TenantSession } from './tenant-session.ts';
import type { ExportLinks } from './tenants/export/export-links.ts';
import type { TenantChores } from './tenants/tenant-chores.ts';

/** What lives as long as the process. */
export type ApiServices = {
  readonly database: Database;
  /**
   * For what is asked beside the transaction of an operation: who asks, what is switched on. Connections of its own, as operations
   * that hold theirs and wait for another would wait for each other.
   */
  readonly lookups: Pool;
  readonly auth: Auth;
  readonly principals: PrincipalResolver;
  readonly live: LiveServices;
  readonly blobs: BlobStore;
  readonly sealer: SecretSealer;
  readonly mails: MailQueue;
  /** Where callers reach this API, without a trailing slash. */
  readonly publicApiUrl: string;
  /** Where people look at it, without a trailing slash. */
  readonly publicPortalUrl: string;
  readonly signIn: SignInConfig;
  readonly logger: Logger;
  readonly flags: FlagReader;
  /** Whether versions of plugins may be installed and begun with. */
  readonly admission: PluginAdmission;
  readonly exportLinks: ExportLinks;
  /** Sets off what is done for tenants in the background, without waiting for its next time. */
  readonly choreWakeup: Pick<TenantChores, 'wake'>;
  readonly tenantGraceDays: number;
  /** How many tenants one person may own. */
  readonly maxTenantsPerPerson: number;
  /** E-mail addresses of those who operate the platform, in lower case. */
  readonly platformAdmins: ReadonlySet<string>;
};

/** What one GraphQL operation works with. */
export type ApiContext = {
  readonly services: ApiServices;
  /** Who asks. It may change while the operation runs. */
  readonly viewer: { readonly principal: Principal | null };
  readonly session: TenantSession;
  readonly loaders: OperationLoaders;
  readonly inspections: RunInspections;
  /** Runs a change in a transaction of its own; what was loaded before it is forgotten. */
  readonly change: <T>(
    tenantId: string,
    permission: Permission,
    work: (tx: Prisma.TransactionClient, principal: Principal) => Promise<T>,
  ) => Promise<T>;
  /** As `change`, for the operator of the platform. The caller has checked who asks. */
  readonly operate: <T>(tenantId: string, work: (tx: Prisma.TransactionClient) => Promise<T>) => Promise<T>;
  /** From where the request came. */
  readonly origin: AuditOrigin;
  /** Aborts when the operation's time is over, when whoever asked is gone, and when a subscription ends. */
  readonly signal: AbortSignal;
  /** What the caller proves its identity with; null for nobody. */
  readonly credential: Credential | null;
  /** Looks the principal up again: null once the session ended or the token was revoked. */
  readonly refreshPrincipal: () => Promise<Principal | null>;
};

export type ContextInit = {
  readonly services: ApiServices;
  readonly credential: Credential | null;
  readonly principal: Principal | null;
  /** From where the request came. */
  readonly origin: AuditOrigin;
  /** @default as long as it takes */
  readonly lifetime?: OperationLifetime;
};

export const createContext = ({ services, credential, principal, origin, ...init }: ContextInit): ApiContext => {
  let current = principal;
  const { lifetime = new OperationLifetime(null) } = init;
  const session = new TenantSession({ database: services.database, principal: () => current, origin, lifetime });
  const loaders = createOperationLoaders({ session, blobs: services.blobs, principal: () => current });
  return {
    services,
    credential,
    session,
    origin,
    loaders,
    inspections: new RunInspections(),
    get signal() {
      return lifetime.signal;
    },
    viewer: {
      get principal() {
        return current;
      },
    },
    async change(tenantId, permission, work) {
      // The fields before this one may have taken long: what counts is what whoever asks may do by now.
      if (credential !== null) current = await services.principals.resolve(credential);
      const result = await session.write(tenantId, permission, work);
      for (const loader of Object.values(loaders)) loader.clearAll();
      return result;
    },
    async operate(tenantId, work) {
      const result = await session.operate(tenantId, work);
      for (const loader of Object.values(loaders)) loader.clearAll();
      return result;
    },
    async refreshPrincipal() {
      current = credential === null ? null : await services.principals.resolve(credential);
      return current;
    },
  };
};
