import type { Command } from 'commander';
import { notFound } from '../../platform/api-failure.ts';
import { type RunWaits, runWaits, type Waiting } from '../../platform/documents/inspection-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printedStatus } from '../../platform/run-status.ts';
import { printable, printableJson } from '../../printable.ts';
import { printedDistance } from '../../printed-time.ts';
import { formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import type { CommandRegistration } from '../registration.ts';

export const addWhyCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(runs, 'why <id>', 'Say what a run waits for, since when and until when.').action(
    withSession<object, [string]>(registration, async (session, _options, [text]) => {
      const id = await session.idOf('Run', text);
      const node = await readWaits(session, id);
      const { style } = session.terminal;
      session.print({
        json: node,
        text: () =>
          node.waiting.length === 0
            ? `run ${shortId(id)} is ${printedStatus(node, style)} and waits for nothing\n`
            : formatWaits(node.waiting, style),
      });
    }),
  );
};

/** @throws PlatformError when there is no such run that the token may see */
export const readWaits = async ({ api }: PlatformSession, id: string): Promise<RunWaits> => {
  const { node } = await api.query(runWaits, { id });
  if (node === null) throw notFound(`There is no run ${shortId(id)} that the token may see.`);
  return node;
};

/** What is waited for, a line each. */
export const formatWaits = (waiting: readonly Waiting[], style: Terminal['style']): string => {
  const nowMs = Date.now();
  return formatTable(
    {
      titles: ['WAITS FOR', 'STEP', 'SINCE', 'UNTIL', 'DETAIL'],
      rows: waiting.map((wait) => [
        printable(wait.reason),
        placeOf(wait),
        wait.since === null ? '' : printedDistance(wait.since, nowMs),
        wait.until === null ? '' : printedDistance(wait.until, nowMs),
        describeDetail(wait.detail),
      ]),
    },
    style,
  );
};

type Place = { readonly stepId: string | null; readonly iteration: string | null; readonly index: string | null };

/** `step#2.1[0]`, or nothing for the run as a whole. */
export const placeOf = ({ stepId, iteration, index }: Place): string =>
  stepId === null
    ? ''
    : printable(`${stepId}${iteration === null ? '' : `#${iteration}`}${index === null ? '' : `[${index}]`}`);

const describeDetail = (detail: unknown): string =>
  typeof detail === 'object' && detail !== null
    ? Object.entries(detail)
        .map(
          ([name, value]) =>
            `${printable(name)} ${typeof value === 'string' ? printable(value) : printableJson(value)}`,
        )
        .join(', ')
    : '';
