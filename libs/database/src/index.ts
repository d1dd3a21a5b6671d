export { createApiToken, hashApiToken, isApiToken, mintApiToken } from './api-tokens.ts';
export type { MintedToken, NewApiToken } from './api-tokens.ts';
export {
  appendAudit,
  verifyAudit,
  type AuditActor,
  type AuditOrigin,
  type AuditRange,
  type AuditRecord,
  type AuditVerification,
} from './audit.ts';
export { contentHash } from '@ia-modules/audit-chain';
export { createPool, type PoolOptions } from './create-pool.ts';
export { createDatabase, type Database, type DatabaseOptions } from './database.ts';
export { Prisma, type PrismaClient } from './generated/prisma/client.ts';
export type {
  ApiToken,
  AuditEntry,
  Installation,
  Pipeline,
  PipelineVersion,
  Plugin,
  PluginVersion,
  PublishIntent,
  Run,
  RunCommand,
  RunEventChunk,
  Tenant,
} from './generated/prisma/client.ts';
export { migrate } from './migrate.ts';
export { createListener, type Listener } from './notification-listener.ts';
export {
  can,
  grantableScopes,
  isAtLeast,
  isForPeople,
  PERMISSIONS,
  roleIn,
  scopesOfServiceAccount,
  type Permission,
} from './permissions.ts';
export {
  ROLES,
  type Membership,
  type Principal,
  type Role,
  type TokenPrincipal,
  type UserPrincipal,
} from './principal.ts';
export { LOGIN_PARTS, provisionRoles, type LoginPart, type ProvisionOptions } from './provision.ts';
export { withTenant, withTenantClient, type TenantTransactionOptions } from './tenant-transaction.ts';
export { createTokenVerifier, findMemberships, verifyApiToken } from './token-verifier.ts';
export type { TokenVerifier, TokenVerifierOptions } from './token-verifier.ts';
export {
  findRegistryLogin,
  LOGIN_LIFE_MS,
  openRegistryLogin,
  takeRegistryLogin,
  type LoginAnswer,
  type LoginClient,
  type OpenedLogin,
  type OpenLogin,
} from './registry-logins.ts';
export { boxKeyOf, openSealedText, sealText, type BoxKey } from './sealed-box.ts';
export { TOKEN_SCOPES, type TokenScope } from './token-scopes.ts';
