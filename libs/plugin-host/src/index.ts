export { isPublicAddress } from './net/address-guard.ts';
export { createGuardedFetch, type GuardedFetch, type GuardedFetchOptions } from './net/guarded-fetch.ts';
export { type HttpTape, type RecordExchange, recordFetch, replayFetch, type TapedExchange } from './net/http-tape.ts';
export type { RefusedRequest } from './net/refused-fetch.ts';
export type { CageKind } from './process/cage-layout.ts';
export type { SandboxLevel } from './process/launcher.ts';
export type { DescribedContribution } from './pool/described-contribution.ts';
export { hasSandbox } from './process/deno-binary.ts';
export { createSandboxPool, type SandboxPool, type SandboxPoolOptions } from './pool/sandbox-pool.ts';
export { type CallContract, contractOf } from './contract/call-contract.ts';
export { createGuardedConnect } from './trusted/guarded-connect.ts';
export { createMemoryBlobs } from './trusted/memory-blobs.ts';
export { checkStored, createMemoryStore, notANumber, STORE_LIMITS, storeFull } from './trusted/memory-store.ts';
export { createTenantFiles } from './trusted/tenant-files.ts';
export { createTrustedPlugins, type TrustedPlugins } from './trusted/trusted-plugins.ts';
export { createRedaction, type Scrub } from './scrub.ts';
export type {
  HealthCall,
  InstalledPlugin,
  NetMode,
  PluginCall,
  SandboxCall,
  TrustedCall,
  TrustedPlugin,
} from './plugin-call.ts';
