import { PluginError } from '@ia-modules/plugin-sdk';

const MEANINGS: Readonly<Record<string, { readonly name: string; readonly what: string; readonly hint?: string }>> = {
  ENOENT: { name: 'FileNotFoundError', what: 'is not there' },
  ENOTDIR: { name: 'FileNotFoundError', what: 'is not there' },
  EEXIST: { name: 'FileExistsError', what: 'is there already' },
  EISDIR: { name: 'FileTypeError', what: 'is a folder' },
  ELOOP: { name: 'FileTypeError', what: 'is a link', hint: 'Links are not followed.' },
  ENXIO: { name: 'FileTypeError', what: 'is no plain file' },
  EPERM: { name: 'FileTypeError', what: 'is a folder, or may not be changed' },
  ENOTEMPTY: { name: 'FileTypeError', what: 'is a folder with files in it' },
  EACCES: { name: 'FileAccessError', what: 'may not be used by the worker' },
};
const RETRYABLE: ReadonlySet<string> = new Set(['EBUSY', 'EMFILE', 'ENFILE', 'EAGAIN', 'EIO', 'ENOSPC', 'EDQUOT']);

/** Says of a file what went wrong with it, by the path that the pipeline wrote. */
export const fileError = (path: string, cause: unknown): unknown => {
  if (cause instanceof PluginError || !(cause instanceof Error) || !('code' in cause)) return cause;
  const code = String(cause.code);
  const { name, what, hint } = MEANINGS[code] ?? {
    name: 'FileError',
    what: `could not be used (${code})`,
    hint: undefined,
  };
  return new PluginError({
    name,
    message: `The file "${shown(path)}" ${what}.`,
    ...(hint === undefined ? {} : { hint }),
    retryable: RETRYABLE.has(code),
  });
};

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

export const tooLarge = (path: string, maxBytes: number): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    name: 'FileTooLargeError',
    message: `The file "${shown(path)}" has more than ${maxBytes} bytes.`,
  });

export const shown = (path: string): string => path.slice(0, 200);
