import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { DescribedContribution } from '@ia-modules/plugin-host';
import { PlatformError } from '@ia-modules/plugin-sdk';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Prints what a module contributes behind a mark, as its own code may print as well. */
const PROGRAM = `const [url, mark] = process.argv.slice(1);
const { plugin } = await import(url);
if (plugin === undefined) throw new Error('the module has no export \`plugin\`');
process.stdout.write(mark + JSON.stringify(plugin.contributions.map((item) => ({ ...item.describe(), kind: item.kind }))), () => process.exit(0));`;

/**
 * Asks a module what it contributes in a process of this Node, without a sandbox: for code that is trusted anyway.
 *
 * @throws PlatformError IA_PLUGIN_FAILED with what the module wrote
 */
export const describeInNode = async (module: string): Promise<readonly DescribedContribution[]> => {
  const mark = randomUUID();
  const args = ['--input-type=module', '-e', PROGRAM, pathToFileURL(module).href, mark];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_BYTES,
      env: {},
    });
    return JSON.parse(stdout.slice(stdout.lastIndexOf(mark) + mark.length)) as readonly DescribedContribution[];
  } catch (cause) {
    const { stderr = '' } = cause as { readonly stderr?: string };
    throw new PlatformError({
      code: 'IA_PLUGIN_FAILED',
      message: 'The module does not load.',
      fault: 'plugin',
      details: { stderr: stderr.trim() },
      cause,
    });
  }
};
