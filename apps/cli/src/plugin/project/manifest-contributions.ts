import { isDeepStrictEqual } from 'node:util';
import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS } from '@ia-modules/plugin-sdk';
import { applyEdits, modify } from 'jsonc-parser';
import { z } from 'zod';
import type { PluginProject } from './plugin-project.ts';
import type { DescribedContribution } from './describe-in-node.ts';

type Lists = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

const listsSchema = z.record(z.string(), z.array(z.record(z.string(), z.unknown())));
const manifestSchema = z.object({ iaModules: z.object({ contributions: listsSchema }) });

/** What the manifest must say of the code. */
const listsOf = (contributions: readonly DescribedContribution[]): Lists =>
  Object.fromEntries(
    CONTRIBUTION_KINDS.map((kind): [string, Lists[string]] => [
      CONTRIBUTION_LISTS[kind],
      contributions
        .filter((contribution) => contribution.kind === kind)
        .map(({ kind: _kind, ...description }) => description),
    ]).filter(([, list]) => list.length > 0),
  );

export type ManifestChange = {
  /** As `steps.greet`. */
  readonly contribution: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Which of its fields changed. */
  readonly fields: readonly string[];
  /** Where it stands in package.json. */
  readonly path: readonly (string | number)[];
};

/** How what the manifest declares differs from what the code contributes. */
export const compareContributions = (
  { packageJson }: Pick<PluginProject, 'packageJson'>,
  contributions: readonly DescribedContribution[],
): readonly ManifestChange[] => {
  const parsed = manifestSchema.safeParse(packageJson);
  const declared: Lists = parsed.success ? parsed.data.iaModules.contributions : {};
  const wanted = listsOf(contributions);
  const lists = new Set([...Object.keys(declared), ...Object.keys(wanted)]);
  return [...lists].flatMap((list) => compareList(list, declared[list] ?? [], wanted[list] ?? []));
};

const compareList = (list: string, declared: Lists[string] = [], wanted: Lists[string] = []): ManifestChange[] => {
  const path = ['iaModules', 'contributions', list];
  const nameOf = (item: Readonly<Record<string, unknown>>): string => `${list}.${String(item['name'])}`;
  const removed = declared.flatMap((item, index): ManifestChange[] =>
    wanted.some(({ name }) => name === item['name'])
      ? []
      : [{ contribution: nameOf(item), change: 'removed', fields: [], path: [...path, index] }],
  );
  const others = wanted.flatMap((item): ManifestChange[] => {
    const index = declared.findIndex(({ name }) => name === item['name']);
    const before = declared[index];
    if (before === undefined) return [{ contribution: nameOf(item), change: 'added', fields: [], path }];
    const keys = [...new Set([...Object.keys(before), ...Object.keys(item)])];
    const fields = keys.filter((key) => !isDeepStrictEqual(before[key], item[key]));
    return fields.length === 0
      ? []
      : [{ contribution: nameOf(item), change: 'changed', fields, path: [...path, index] }];
  });
  return [...removed, ...others];
};

/** The text of package.json with what the code contributes; all else stays as its author wrote it. */
export const writeContributions = (text: string, contributions: readonly DescribedContribution[]): string => {
  const indent = /^(?<indent>[ \t]+)"/m.exec(text)?.groups?.['indent'] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  const path = ['iaModules', 'contributions'];
  return applyEdits(text, modify(text, path, listsOf(contributions), { formattingOptions }));
};
