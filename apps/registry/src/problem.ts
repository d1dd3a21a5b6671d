import type { ErrorCode } from '@ia-modules/plugin-sdk';

/** One reason why a package is refused. The gate collects all of them, so that an author fixes them in one go. */
export type Problem = Readonly<{ code: ErrorCode; message: string; hint?: string | undefined }>;

export type Checked<T> = Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; problems: readonly Problem[] }>;

export function accepted<T>(value: T): Checked<T> {
  return { ok: true, value };
}

export function refused(...problems: readonly Problem[]): Checked<never> {
  return { ok: false, problems };
}
