export { isPublicAddress } from './net/address-guard.ts';
export { createGuardedFetch, type GuardedFetch, type GuardedFetchOptions } from './net/guarded-fetch.ts';
export type { CageKind } from './process/cage-layout.ts';
export type { SandboxLevel } from './process/launcher.ts';
export { createSandboxPool, type SandboxPool, type SandboxPoolOptions } from './pool/sandbox-pool.ts';
export type { InstalledPlugin, LogLine, SandboxCall } from './sandbox-call.ts';
