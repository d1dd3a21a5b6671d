import { PlatformError } from '@ia-modules/plugin-sdk';
import type { Command } from 'commander';
import type { CommandRegistration } from '../commands/registration.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { exitCodeOf } from '../failure.ts';
import { addConnectionOptions, type ConnectionOptions } from './connection.ts';
import { openSession, type PlatformSession } from './platform-session.ts';

/** Adds a command that asks the platform: `usage` is its name with its arguments. */
export const platformCommand = (group: Command, usage: string, description: string): Command =>
  addConnectionOptions(group.command(usage).description(description));

/** What such a command does, with its options and then its arguments; it ends with 0 unless it says something else. */
export type PlatformWork<Options, Arguments extends readonly unknown[]> = (
  session: PlatformSession,
  options: Options,
  args: Arguments,
) => Promise<ExitCode | void>;

/** Makes an action of a command: with --json its failures are JSON as well. */
export const withSession =
  <Options extends object, Arguments extends readonly unknown[] = []>(
    { terminal, finish }: CommandRegistration,
    work: PlatformWork<Options, Arguments>,
  ) =>
  async (...received: unknown[]): Promise<void> => {
    const args = received.slice(0, -2) as unknown as Arguments;
    const options = received.at(-2) as Options & ConnectionOptions;
    try {
      const session = await openSession(options, terminal);
      finish((await work(session, options, args)) ?? EXIT_CODES.ok);
    } catch (error) {
      if (options.json !== true || !(error instanceof PlatformError)) throw error;
      const { code, message, hint = null, details } = error;
      terminal.write(`${JSON.stringify({ error: { code, message, hint, ...details } }, null, 2)}\n`);
      finish(exitCodeOf(error));
    }
  };
