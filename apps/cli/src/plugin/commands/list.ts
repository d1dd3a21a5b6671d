import { wholeNumber } from '../../platform/argument-values.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { readList } from '../../platform/read-list.ts';
import { printable } from '../../printable.ts';
import { formatTable } from '../../table.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../../commands/registration.ts';
import { listLocal, type LocalOptions } from './list-local.ts';
import { describeRating } from '../platform/describe-plugin.ts';
import {
  advisoryList,
  type FoundPlugin,
  type Installation,
  installationList,
  pluginSearch,
} from '../platform/plugin-documents.ts';

type LimitOptions = { readonly limit: number };
type ListOptions = LimitOptions & LocalOptions & { readonly local?: boolean };

/** `ia-plugin list`, `search` and `advisories`. */
export const addListCommands = (registration: CommandRegistration): void => {
  platformCommand(
    registration.program,
    'list',
    'List the plugins that the tenant has installed, or those at hand here.',
  )
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 1000)
    .option('--local', 'list what pipelines of this folder may use, and what was refused; asks no platform')
    .option('--pipeline <file>', 'with --local: where this pipeline stands and looks')
    .action(async (...received: unknown[]) => {
      const { local, ...options } = received[0] as ListOptions;
      if (local === true) return await listLocal(options, registration.terminal);
      if (options.pipeline !== undefined) throw new UsageError('--pipeline goes with --local.');
      await withSession<LimitOptions>(registration, list)(...received);
    });
  platformCommand(registration.program, 'search <text>', 'Find plugins by name, title, description or keyword.')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000), 50)
    .action(withSession<LimitOptions, [string]>(registration, search));
  platformCommand(
    registration.program,
    'advisories',
    'List the advisories against versions that the tenant has installed.',
  )
    .option('--limit <n>', 'at most so many', wholeNumber(1, 1_000), 100)
    .action(withSession<LimitOptions>(registration, advisories));
};

const list = async (session: PlatformSession, { limit }: LimitOptions): Promise<void> => {
  const { slug } = await session.tenant();
  const found = await readList(limit, async (page) => {
    const { tenant } = await session.api.query(installationList, { slug, ...page });
    return tenant?.installations;
  });
  const table = { titles: ['PLUGIN', 'VERSION', 'LATEST', 'HOSTS', 'SECRETS'], rows: found.map(installationRow) };
  session.print({ json: { installations: found }, text: () => formatTable(table, session.terminal.style) });
  if (found.length === 0 && !session.isJson) session.terminal.writeError('No plugins are installed.\n');
};

const installationRow = ({ pluginName, version, plugin, grant }: Installation): readonly string[] => [
  printable(pluginName),
  version,
  plugin?.latestVersion.version ?? 'gone',
  printable(grant.net.join(' ')) || '-',
  printable(grant.secrets.join(' ')) || '-',
];

const search = async (session: PlatformSession, { limit }: LimitOptions, [text]: [string]): Promise<void> => {
  const { id: tenantId } = await session.tenant();
  const found = await readList(
    limit,
    async (page) => (await session.api.query(pluginSearch, { tenantId, search: text, ...page })).plugins,
  );
  const table = {
    titles: ['PLUGIN', 'VERSION', 'WHO SEES IT', 'RATING', 'INSTALLS', 'NOTES', 'DESCRIPTION'],
    rows: found.map(foundRow),
  };
  session.print({ json: { plugins: found }, text: () => formatTable(table, session.terminal.style) });
  if (found.length === 0 && !session.isJson) session.terminal.writeError('Nothing was found.\n');
};

const foundRow = (found: FoundPlugin): readonly string[] => [
  printable(found.name),
  found.latestVersion.version,
  found.visibility === 'public' ? 'everybody' : 'this tenant',
  describeRating(found),
  String(found.installs),
  [found.isVerified ? 'verified' : '', found.deprecated === null ? '' : 'deprecated'].filter(Boolean).join(', ') || '-',
  printable(found.description),
];

const advisories = async (session: PlatformSession, { limit }: LimitOptions): Promise<void> => {
  const { slug } = await session.tenant();
  const found = await readList(
    limit,
    async (page) => (await session.api.query(advisoryList, { slug, ...page })).tenant?.advisories,
  );
  const rows = found.map(({ pluginName, severity, affectedRange, patchedRange, title }) =>
    [pluginName, severity.toLowerCase(), affectedRange, patchedRange ?? '-', title].map(printable),
  );
  const table = { titles: ['PLUGIN', 'SEVERITY', 'AFFECTED', 'FIXED IN', 'ADVISORY'], rows };
  session.print({ json: { advisories: found }, text: () => formatTable(table, session.terminal.style) });
  if (found.length === 0 && !session.isJson)
    session.terminal.writeError('No advisory stands against what is installed.\n');
};
