import type { Listener } from '@ia-modules/database';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import semver from 'semver';
import { type Advisory, withAdvisories } from './notice.ts';
import type { PackageDocument } from '../storage/package-document.ts';

/** What the operator has taken down and what advisories warn of, kept in memory: reads ask it, and no database. */
export type Standing = Readonly<{
  /** Why a package, or one version of it, is not served; null when it is. */
  takedownOf(packageName: string, version?: string): string | null;
  /** What is served of a package: without the versions that are taken down, with the advisories against the others. */
  present(document: PackageDocument): PackageDocument;
  /** Another one after every change of what stands. */
  revision(): number;
  stop(): void;
}>;

export type StandingOptions = Readonly<{ pool: Pick<Pool, 'query'>; listener: Listener; log: Logger }>;

type Row = Readonly<{ plugin_name: string; version: string | null; severity: string | null; reason: string }>;
type PackageStanding = { reason: string | null; takedowns: Map<string, string>; advisories: Map<string, Advisory[]> };
type Blocks = ReadonlyMap<string, PackageStanding>;

const READ_BLOCKS = `SELECT plugin_name, version, severity, reason FROM standing_blocks()
  ORDER BY plugin_name, version, severity, reason`;
const CHANNEL = 'plugin_blocks';
/** For notifications that got lost with a connection. */
const POLL_MS = 5_000;

/** Reads what stands, and keeps up with it. While the database is away, what was known last goes on to hold. */
export async function createStanding({ pool, listener, log }: StandingOptions): Promise<Standing> {
  let blocks: Blocks = new Map();
  let revision = 0;
  let known = '';
  let reading: Promise<void> | undefined;
  let isAskedAgain = false;

  const read = async (): Promise<void> => {
    const { rows } = await pool.query<Row>(READ_BLOCKS);
    const found = JSON.stringify(rows);
    if (found === known) return;
    known = found;
    blocks = toBlocks(rows);
    revision += 1;
  };
  /** What changes while it is read is read once more. */
  const refresh = (): void => {
    if (reading !== undefined) {
      isAskedAgain = true;
      return;
    }
    reading = read()
      .catch((error: unknown) => log.warn({ err: error }, 'take-downs and advisories can not be read'))
      .finally(() => {
        reading = undefined;
        if (!isAskedAgain) return;
        isAskedAgain = false;
        refresh();
      });
  };
  await read();
  // Not waited for: while the database is away, what comes back announces itself.
  const listening = listener.listen(CHANNEL, refresh, refresh).catch(() => undefined);
  void listening.then(refresh);
  const timer = setInterval(refresh, POLL_MS);
  timer.unref();

  return {
    takedownOf: (packageName, version) => takedownIn(blocks.get(packageName), version),
    present: (document) => {
      const standing = blocks.get(document.name);
      return standing === undefined ? document : presentWith(document, standing);
    },
    revision: () => revision,
    stop: () => clearInterval(timer),
  };
}

function toBlocks(rows: readonly Row[]): Blocks {
  const blocks = new Map<string, PackageStanding>();
  for (const { plugin_name: name, version, severity, reason } of rows) {
    const known = blocks.get(name) ?? { reason: null, takedowns: new Map(), advisories: new Map() };
    blocks.set(name, known);
    if (version === null) known.reason = reason;
    else if (severity === null) known.takedowns.set(version, reason);
    else known.advisories.set(version, [...(known.advisories.get(version) ?? []), { severity, title: reason }]);
  }
  return blocks;
}

function takedownIn(standing: PackageStanding | undefined, version: string | undefined): string | null {
  if (standing === undefined) return null;
  return standing.reason ?? (version === undefined ? null : (standing.takedowns.get(version) ?? null));
}

function presentWith(document: PackageDocument, { takedowns, advisories }: PackageStanding): PackageDocument {
  const shown = Object.entries(document.versions).filter(([version]) => !takedowns.has(version));
  const versions = Object.fromEntries(
    shown.map(([version, entry]) => {
      const notice = withAdvisories(entry.deprecated ?? '', advisories.get(version) ?? []);
      return [version, notice === '' ? entry : { ...entry, deprecated: notice }];
    }),
  );
  return {
    ...document,
    versions,
    'dist-tags': tagsOf(document, Object.keys(versions)),
    time: Object.fromEntries(Object.entries(document.time).filter(([key]) => !takedowns.has(key))),
  };
}

/** `latest` moves to the highest version that is left; other tags go with their version. */
function tagsOf(document: PackageDocument, versions: readonly string[]): Record<string, string> {
  const tags = Object.entries(document['dist-tags']).filter(([, version]) => versions.includes(version));
  const latest = semver.maxSatisfying([...versions], '*') ?? semver.rsort([...versions])[0];
  return { ...(latest === undefined ? {} : { latest }), ...Object.fromEntries(tags) };
}
