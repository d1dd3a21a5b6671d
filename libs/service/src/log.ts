import { type Logger, pino } from 'pino';
import type { LogLevel } from './settings.ts';

const SECRET_KEYS = ['authorization', 'connectionString', 'cookie', 'password', 'secret', 'secrets', 'token'];

/** A statement's text and values, which errors of the database bring along. */
const STATEMENT_PATHS = ['err.query', 'err.parameters'];

/** A log that holds back what is secret by its key, down to the third level of a line. */
export const createLog = (name: string, level: LogLevel): Logger =>
  pino({
    name,
    level,
    redact: [...SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), ...STATEMENT_PATHS],
  });
