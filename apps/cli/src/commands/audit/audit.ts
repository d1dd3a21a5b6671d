import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { EXIT_CODES, type ExitCode } from '../../exit-codes.ts';
import { given, wholeNumber } from '../../platform/argument-values.ts';
import { type AuditEntry, auditList } from '../../platform/documents/audit-documents.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';
import { printedDistance } from '../../printed-time.ts';
import { formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';
import { linesOfFile, linesOfPlatform } from './exported-entries.ts';
import { type AuditFinding, verifyLines, verifyPlatform } from './verify-audit.ts';

type ListOptions = {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
};

const HASH = /^[0-9a-f]{64}$/;

const instant = (text: string): string => {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must be a time such as 2026-01-31 or 2026-01-31T09:00Z.');
  return new Date(time).toISOString();
};

const hash = (text: string): string => {
  if (HASH.test(text)) return text;
  throw new InvalidArgumentError('It must be a hash: 64 hexadecimal digits.');
};

/** `ia-modules audit …`: who changed what. */
export const addAuditCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('audit').description('Who changed what in the tenant.');
  platformCommand(group, 'list', 'List what was done, the newest first.')
    .option('--actor <id>', 'only by this user, token or service account')
    .option('--action <prefix>', 'only what begins so: pipeline. or token.revoke')
    .option('--target <target>', 'only about this, such as pipeline:<id>')
    .option('--from <time>', 'from this time on', instant)
    .option('--to <time>', 'before this time', instant)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 50)
    .action(withSession<ListOptions>(registration, list));
  platformCommand(group, 'export', 'Write the whole log as JSON lines, the oldest entry first.')
    .option('--out <file>', 'write into this new file')
    .action(
      withSession<{ readonly out?: string }>(registration, (session, { out }) =>
        out === undefined ? printLines(session) : writeLines(session, out),
      ),
    );
  platformCommand(
    group,
    'verify [file]',
    'Check that nothing was changed, dropped or moved: in the platform or in an export.',
  )
    .option('--expect <hash>', 'the hash of an entry, noted before, that must still be there', hash)
    .action(
      withSession<{ readonly expect?: string }, [string | undefined]>(registration, (session, { expect }, [file]) =>
        verify(session, file, expect),
      ),
    );
};

const list = async (session: PlatformSession, { limit, ...filter }: ListOptions): Promise<void> => {
  const { slug } = await session.tenant();
  const { actor, action, target, from, to } = filter;
  const found = await readList(limit, async (page) => {
    const { tenant } = await session.api.query(auditList, {
      slug,
      filter: given({ actor, action, target, from, to }),
      ...page,
    });
    return tenant?.auditLog;
  });
  session.print({ json: { entries: found }, text: () => formatEntries(found, session.terminal.style) });
  if (found.length === 0 && !session.isJson) session.terminal.writeError('No entries.\n');
};

const actorOf = ({ actor }: AuditEntry): string => {
  const person = actor.user?.email ?? actor.userId;
  if (actor.kind === 'service') return `service account ${actor.serviceAccount?.name ?? ''}`.trim();
  if (actor.kind === 'system') return actor.part ?? 'platform';
  return actor.kind === 'token' ? `${person ?? ''} (token ${actor.token?.name ?? ''})` : (person ?? '');
};

const formatEntries = (found: readonly AuditEntry[], style: Terminal['style']): string => {
  const nowMs = Date.now();
  return formatTable(
    {
      titles: ['ENTRY', 'WHEN', 'WHO', 'ACTION', 'TARGET', 'FROM'],
      rows: found.map((entry) => [
        String(entry.seq),
        printedDistance(entry.at, nowMs),
        printable(actorOf(entry)),
        printable(entry.action),
        printable(entry.target),
        printable(entry.origin?.address ?? ''),
      ]),
    },
    style,
  );
};

const printLines = async (session: PlatformSession): Promise<void> => {
  for await (const line of linesOfPlatform(session)) session.terminal.write(`${line}\n`);
};

const writeLines = async (session: PlatformSession, file: string): Promise<void> => {
  // No empty file is left where nobody answers.
  await session.tenant();
  const output = createWriteStream(file, { flags: 'wx' });
  try {
    await once(output, 'open');
  } catch (error) {
    throw new UsageError(`${file} can not be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  let entries = 0;
  for await (const line of linesOfPlatform(session)) {
    if (!output.write(`${line}\n`)) await once(output, 'drain');
    entries += 1;
  }
  output.end();
  await once(output, 'close');
  session.print({ json: { file, entries }, text: () => `${entries} entries are in ${file}\n` });
};

const verify = async (
  session: PlatformSession,
  file: string | undefined,
  expect: string | undefined,
): Promise<ExitCode> => {
  const finding = await findingOf(session, file, expect);
  session.print({ json: finding, text: () => describe(finding) });
  return finding.isIntact ? EXIT_CODES.ok : EXIT_CODES.findings;
};

/** A noted hash is looked for here, not by the platform that is checked. */
const findingOf = (session: PlatformSession, file: string | undefined, expect: string | undefined) => {
  if (file !== undefined) return verifyLines(linesOfFile(file), expect);
  return expect === undefined ? verifyPlatform(session) : verifyLines(linesOfPlatform(session), expect);
};

const REASONS: Readonly<Record<Extract<AuditFinding, { isIntact: false }>['reason'], string>> = {
  gap: 'it is missing',
  order: 'it stands in the wrong place',
  chain: 'it does not follow the entry before',
  content: 'it was changed',
  end: 'the log does not end as it should',
};

const describe = (finding: AuditFinding): string =>
  finding.isIntact
    ? `intact: ${finding.entries} entries, the last with the hash\n${finding.lastHash}\n`
    : `broken at entry ${finding.brokenAtSeq}: ${REASONS[finding.reason]}\n`;
