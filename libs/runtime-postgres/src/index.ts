export { createPool } from './create-pool.ts';
export { type EventRange, expandChunk, readEvents, type StoredEvent, toStoredEvent } from './event-log.ts';
export type { RunProgram } from './run-program.ts';
export type { StoredRun } from './run-store.ts';
export { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';
export type { RuntimeLog } from './runtime-log.ts';
export { withTenants } from './tenants-transaction.ts';
