export { createPool } from './database/create-pool.ts';
export { type EventRange, expandChunk, readEvents, type StoredEvent, toStoredEvent } from './log/event-log.ts';
export type { RunProgram } from './run/run-program.ts';
export type { StoredRun } from './run/run-store.ts';
export { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';
export type { RuntimeLog } from './runtime-log.ts';
export { withTenants } from './database/tenants-transaction.ts';
export type { InboxCommandKind, InboxPayload } from './inbox/inbox-command.ts';
export { insertRun, type NewRun, type RunSetup } from './runs/insert-run.ts';
