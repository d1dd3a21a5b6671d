import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ListedPlugin, listPlugins } from '../../discovery/list-plugins.ts';
import { DEFAULT_PLUGINS_DIR, type PluginConfig, readPluginConfig } from '../../discovery/plugin-config.ts';
import { readText } from '../../pipeline-file.ts';
import { printable } from '../../printable.ts';
import { readSource } from '../../source-document.ts';
import { formatTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';

export type LocalOptions = { readonly pipeline?: string; readonly json?: boolean };

/** `ia-plugin list --local`: what pipelines of a folder may use, and what they may not, with the reason. */
export const listLocal = async ({ pipeline, json }: LocalOptions, terminal: Terminal): Promise<void> => {
  const directory = pipeline === undefined ? process.cwd() : path.dirname(path.resolve(pipeline));
  const config =
    pipeline === undefined ? configOf(directory) : readPluginConfig(readSource(await readText(pipeline))?.value);
  const plugins = listPlugins(directory, config);
  terminal.write(
    json === true ? `${JSON.stringify({ directory, plugins }, null, 2)}\n` : formatLocal(plugins, terminal.style),
  );
};

/** Without a pipeline that says where its plugins are, they are where it would look by itself. */
const configOf = (directory: string): PluginConfig | undefined =>
  existsSync(path.join(directory, DEFAULT_PLUGINS_DIR))
    ? { pluginsDir: DEFAULT_PLUGINS_DIR, enabledPlugins: undefined }
    : undefined;

const formatLocal = (plugins: readonly ListedPlugin[], style: Terminal['style']): string => {
  const table = {
    titles: ['PLUGIN', 'VERSION', 'WHERE', 'RUNS IN', 'CONTRIBUTIONS'],
    rows: plugins.filter(({ refused }) => refused === null).map(rowOf),
  };
  const refusals = plugins.flatMap((plugin) => formatRefusal(plugin, style));
  const heading = refusals.length === 0 ? '' : `\n${style('bold', 'refused')}\n`;
  return formatTable(table, style) + heading + refusals.join('');
};

const rowOf = ({ name, version, source, origin, runsIn, contributions }: ListedPlugin): readonly string[] => [
  printable(name),
  printable(version ?? '-'),
  source === 'built in' ? source : printable(origin),
  runsIn ?? '-',
  contributions.map(printable).join(', ') || 'known when it is loaded',
];

const formatRefusal = ({ name, origin, refused }: ListedPlugin, style: Terminal['style']): readonly string[] => {
  if (refused === null) return [];
  const place = origin === name ? '' : ` (${printable(origin)})`;
  const next = refused.hint === null ? '' : `    ${style('dim', printable(refused.hint))}\n`;
  return [`  ${printable(name)}${place}: ${printable(refused.reason)}\n${next}`];
};
