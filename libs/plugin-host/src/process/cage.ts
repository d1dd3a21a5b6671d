import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { createBubblewrapCage } from './bubblewrap-cage.ts';
import { INSIDE, type Cage, type CageKind } from './cage-layout.ts';
import { createUnshareCage } from './unshare-cage.ts';

const PROBE_TIMEOUT_MS = 20_000;
const PROBE_MEMORY_MB = 64;

const CREATE: Readonly<Record<CageKind, (denoPath: string) => Promise<Cage>>> = {
  bubblewrap: createBubblewrapCage,
  unshare: createUnshareCage,
};

/**
 * Finds the first cage that works on this machine by starting Deno in it once.
 *
 * @throws PlatformError `IA_PLUGIN_SANDBOX` when none does; `details.attempts` says why.
 */
export const createCage = async (denoPath: string, kinds: readonly CageKind[]): Promise<Cage> => {
  const attempts: string[] = [];
  for (const kind of kinds) {
    try {
      return await createProbed(denoPath, kind);
    } catch (error) {
      attempts.push(`${kind}: ${error instanceof Error ? error.message.slice(-500) : 'failed'}`);
    }
  }
  throw new PlatformError({
    code: 'IA_PLUGIN_SANDBOX',
    message: 'No cage for third-party plugins can be set up on this machine.',
    hint: 'They need Linux with user namespaces for ordinary users, and bubblewrap or util-linux; in a container its seccomp profile must allow them. The operator may set the level "process", which isolates less.',
    fault: 'infra',
    details: { attempts },
  });
};

const createProbed = async (denoPath: string, kind: CageKind): Promise<Cage> => {
  const cage = await CREATE[kind](denoPath);
  const target = {
    denoPath,
    guestPath: denoPath,
    directory: dirname(denoPath),
    entry: '',
    memoryMb: PROBE_MEMORY_MB,
    concurrency: 1,
  };
  const plan = cage.plan(target);
  const args = [...plan.args.slice(0, plan.args.lastIndexOf(INSIDE.deno) + 1), '--version'];
  await promisify(execFile)(plan.command, args, { env: plan.env, timeout: PROBE_TIMEOUT_MS });
  return cage;
};
