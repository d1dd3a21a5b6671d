export { ERROR_CODES, PlatformError, type Disposition, type ErrorCode, type ErrorInit, type Fault } from './errors.ts';
