import { readFileSync, type Stats, statSync } from 'node:fs';
import { readPluginsPath } from '../config.ts';

/** A local module, a folder of plugins, a sub-pipeline, which may have both, or what may spell one of them in another way. */
const FOREIGN = /"\.{1,2}\/|"plugin_config"|"pipeline:|"plugins"|"module"|\\u/;
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * Tells from the arguments alone whether a command may run code that is not the program's own. It reads files only as text and
 * errs on the safe side: an answer that is found without the parser costs a command hardly anything.
 */
export const mayRunForeignCode = (args: readonly string[]): boolean =>
  args.includes('run') &&
  (readPluginsPath() !== '' || args.some((arg) => arg.startsWith('--services') || isForeign(arg)));

const isForeign = (file: string): boolean => {
  const stats = tryStat(file);
  if (stats === undefined || stats.isDirectory()) return false;
  if (!stats.isFile()) return true;
  return stats.size <= MAX_FILE_BYTES && FOREIGN.test(tryRead(file));
};

/** What can't be read is for the command to report. */
const tryRead = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const tryStat = (file: string): Stats | undefined => {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};
