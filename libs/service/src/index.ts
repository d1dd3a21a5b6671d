export { describeError } from './describe-error.ts';
export { listen, type Listener, type ListenInit } from './listen.ts';
export { createLog } from './log.ts';
export { isLoopback, listenAddresses } from './loopback.ts';
export { type MemorySweepOptions, startMemorySweep } from './memory-sweep.ts';
export { PLATFORM_VERSION } from './platform-version.ts';
export { type RunningService, runService } from './run-service.ts';
export { type Environment, type LogLevel, readSettings, setting } from './settings.ts';
