/** Where the runtime tells what it does: the shape of a pino logger. Never gets inputs, outputs or secrets. */
export type RuntimeLog = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

const ignore = (): void => undefined;

export const SILENT_LOG: RuntimeLog = { info: ignore, warn: ignore, error: ignore };
