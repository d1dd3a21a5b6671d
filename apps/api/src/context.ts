import type { BlobStore } from '@ia-modules/blobs';
import type { AuditOrigin, Database, Permission, Prisma, Principal } from '@ia-modules/database';
import type { SecretSealer } from '@ia-modules/secrets';
import type { Logger } from 'pino';
import type { Auth } from './auth/auth.ts';
import type { Credential } from './auth/credential.ts';
import type { PrincipalResolver } from './auth/principal-resolver.ts';
import { createOperationLoaders, type OperationLoaders } from './operation-loaders.ts';
import { RunInspections } from './runs/run-inspections.ts';
import type { RunWakeups } from './runs/run-wakeups.ts';
import { TenantSession } from './tenant-session.ts';

/** What lives as long as the process. */
export type ApiServices = {
  readonly database: Database;
  readonly auth: Auth;
  readonly principals: PrincipalResolver;
  readonly wakeups: RunWakeups;
  readonly blobs: BlobStore;
  readonly sealer: SecretSealer;
  /** Where callers reach this API, without a trailing slash. */
  readonly publicApiUrl: string;
  readonly logger: Logger;
  /** E-mail addresses of those who operate the platform, in lower case. */
  readonly platformAdmins: ReadonlySet<string>;
};

/** What one GraphQL operation works with. */
export type ApiContext = {
  readonly services: ApiServices;
  /** Who asks. An object of its own, as it may change while the operation runs and yoga copies contexts. */
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
  /** Looks the principal up again: null once the session ended or the token was revoked. */
  readonly refreshPrincipal: () => Promise<Principal | null>;
};

export type ContextInit = {
  readonly services: ApiServices;
  readonly credential: Credential | null;
  readonly principal: Principal | null;
  /** From where the request came. */
  readonly origin: AuditOrigin;
};

export const createContext = ({ services, credential, principal, origin }: ContextInit): ApiContext => {
  let current = principal;
  const session = new TenantSession(services.database, () => current, origin);
  const loaders = createOperationLoaders({ session, blobs: services.blobs, principal: () => current });
  return {
    services,
    session,
    origin,
    loaders,
    inspections: new RunInspections(),
    viewer: {
      get principal() {
        return current;
      },
    },
    async change(tenantId, permission, work) {
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
