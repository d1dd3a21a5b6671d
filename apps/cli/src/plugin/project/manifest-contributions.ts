import {
  compareContributions,
  type ContributionDifference,
  type ContributionLists,
  contributionListsOf,
} from '@ia-modules/plugin-checks';
import { applyEdits, modify } from 'jsonc-parser';
import { z } from 'zod';
import type { PluginProject } from './plugin-project.ts';
import type { DescribedContribution } from '@ia-modules/plugin-host';

const listsSchema = z.record(z.string(), z.array(z.record(z.string(), z.unknown())));
const manifestSchema = z.object({ iaModules: z.object({ contributions: listsSchema }) });

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
export const findManifestChanges = (
  { packageJson }: Pick<PluginProject, 'packageJson'>,
  contributions: readonly DescribedContribution[],
): readonly ManifestChange[] => {
  const parsed = manifestSchema.safeParse(packageJson);
  const declared: ContributionLists = parsed.success ? parsed.data.iaModules.contributions : {};
  return compareContributions(declared, contributions).map(changeOf);
};

const changeOf = ({ list, name, change, fields, index }: ContributionDifference): ManifestChange => ({
  contribution: `${list}.${name}`,
  change,
  fields,
  path: ['iaModules', 'contributions', list, ...(index === undefined ? [] : [index])],
});

/** The text of package.json with what the code contributes; all else stays as its author wrote it. */
export const writeContributions = (text: string, contributions: readonly DescribedContribution[]): string => {
  const indent = /^(?<indent>[ \t]+)"/m.exec(text)?.groups?.['indent'] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  const path = ['iaModules', 'contributions'];
  return applyEdits(text, modify(text, path, contributionListsOf(contributions), { formattingOptions }));
};
