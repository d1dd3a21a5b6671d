import { isUtf8 } from 'node:buffer';
import { buffer } from 'node:stream/consumers';
import { readBytes } from '../../pipeline-file.ts';
import { UsageError } from '../../usage-error.ts';

/**
 * Reads a value from a file, or from standard input: never from the command line, which others can see. One line break at
 * its end is no part of it.
 * @throws UsageError when it is no UTF-8
 */
export const readSecretValue = async (file: string | undefined): Promise<string> => {
  const isStdin = file === undefined || file === '-';
  const bytes = isStdin ? await buffer(process.stdin) : await readBytes(file);
  if (!isUtf8(bytes)) throw new UsageError(`${isStdin ? 'Standard input' : file} is no UTF-8: encode it as text.`);
  return bytes.toString('utf8').replace(/\r?\n$/, '');
};
