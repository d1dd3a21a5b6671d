import { createInterface } from 'node:readline/promises';
import type { PluginGrant } from '@ia-modules/plugin-sdk';
import type { Command } from 'commander';
import { collect } from '../../platform/argument-values.ts';
import { UsageError } from '../../usage-error.ts';
import { asksForNothing } from './asked-permissions.ts';

export type ConsentOptions = {
  readonly grantAll?: boolean;
  readonly net?: readonly string[];
  readonly secret?: readonly string[];
  readonly blobs?: boolean;
};

/** The options that say what a plugin is allowed without asking anybody. */
export const addConsentOptions = (command: Command): Command =>
  command
    .option('--grant-all', 'allow all that it asks for')
    .option('--net <host>', 'allow this host; may be repeated', collect)
    .option('--secret <name>', 'allow this secret; may be repeated', collect)
    .option('--blobs', 'allow it to keep bytes');

/** What the options grant; undefined when they say nothing, so that somebody has to be asked. */
export const grantOfOptions = (asked: PluginGrant, options: ConsentOptions): PluginGrant | undefined => {
  const { grantAll, net, secret, blobs } = options;
  const isChosen = net !== undefined || secret !== undefined || blobs !== undefined;
  if (grantAll === true && isChosen) throw new UsageError('--grant-all excludes --net, --secret and --blobs.');
  if (grantAll === true || asksForNothing(asked)) return asked;
  return isChosen ? { net: [...(net ?? [])], secrets: [...(secret ?? [])], blobs: blobs ?? false } : undefined;
};

/** Whether there is somebody to ask. */
export const isAttended = (): boolean => process.stdin.isTTY && process.stdout.isTTY;

/** Asks at the terminal; anything but y or yes is a no. */
export const askConsent = async (question: string): Promise<boolean> => {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
};
