import type { Status } from '@ia-modules/engine';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import type { Terminal, TextStyle } from '../terminal.ts';

const STYLES: Readonly<Record<Status, TextStyle>> = {
  pending: 'dim',
  running: 'cyan',
  waiting: 'yellow',
  succeeded: 'green',
  failed: 'red',
  canceled: 'magenta',
  skipped: 'dim',
};

/** Every state that a run may be in. */
export const RUN_STATUSES: readonly Status[] = ['pending', 'running', 'waiting', 'succeeded', 'failed', 'canceled'];

const isStatus = (text: string): text is Status => Object.hasOwn(STYLES, text);

/** A state in its colour, with what is waited for. */
export const printedStatus = (
  { status, waitReason }: { readonly status: string; readonly waitReason?: string | null },
  style: Terminal['style'],
): string => {
  const text = printable(waitReason ? `${status} (${waitReason})` : status);
  return isStatus(status) ? style(STYLES[status], text) : text;
};

/** How a command ends that a run's end decides on. */
export const exitCodeOfRun = (status: string): ExitCode =>
  status === 'succeeded' ? EXIT_CODES.ok : EXIT_CODES.findings;
