import type { Command } from 'commander';
import { notFound } from '../../platform/api-failure.ts';
import { type Effect, runEffects } from '../../platform/documents/inspection-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';
import { printedDistance } from '../../printed-time.ts';
import { formatTable } from '../../table.ts';
import type { Terminal, TextStyle } from '../../terminal.ts';
import type { CommandRegistration } from '../registration.ts';

const STYLES: Readonly<Record<string, TextStyle>> = { confirmed: 'green', failed: 'red', unknown: 'yellow' };

export const addEffectsCommand = (registration: CommandRegistration, runs: Command): void => {
  platformCommand(
    runs,
    'effects <id>',
    'List what a run did outside: planned, sent, confirmed, failed or unknown.',
  ).action(
    withSession<object, [string]>(registration, async (session, _options, [text]) => {
      const id = await session.idOf('Run', text);
      const effects = await readEffects(session, id);
      const { terminal } = session;
      session.print({ json: { effects }, text: () => formatEffects(effects, terminal.style) });
      if (effects.length === 0 && !session.isJson) terminal.writeError('No effects.\n');
    }),
  );
};

/** @throws PlatformError when there is no such run that the token may see */
export const readEffects = ({ api }: PlatformSession, id: string): Promise<readonly Effect[]> =>
  readList(Number.POSITIVE_INFINITY, async ({ after }) => {
    const { node } = await api.query(runEffects, { id, first: 100, after });
    if (node === null) throw notFound(`There is no run ${shortId(id)} that the token may see.`);
    return node.effects;
  });

export const formatEffects = (effects: readonly Effect[], style: Terminal['style']): string => {
  const nowMs = Date.now();
  return formatTable(
    {
      titles: ['STATE', 'KEY', 'ATTEMPT', 'WHEN', 'ERROR'],
      rows: effects.map(({ state, key, attempt, at, error }) => [
        style(STYLES[state] ?? 'dim', printable(state)),
        printable(key),
        String(attempt),
        printedDistance(at, nowMs),
        error === null ? '' : `${error.code}: ${printable(error.message)}`,
      ]),
    },
    style,
  );
};
