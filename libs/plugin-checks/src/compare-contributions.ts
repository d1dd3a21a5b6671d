import { isDeepStrictEqual } from 'node:util';
import type { DescribedContribution } from '@ia-modules/plugin-host';
import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS } from '@ia-modules/plugin-sdk';

/** Contributions as a manifest lists them. */
export type ContributionLists = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

export type ContributionDifference = {
  /** Of the manifest: `steps`. */
  readonly list: string;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Which of its fields differ. */
  readonly fields: readonly string[];
  /** Where it stands in the list; undefined for what is missing there. */
  readonly index: number | undefined;
};

/** What the manifest must say of the code. */
export const contributionListsOf = (described: readonly DescribedContribution[]): ContributionLists =>
  Object.fromEntries(
    CONTRIBUTION_KINDS.map((kind): [string, ContributionLists[string]] => [
      CONTRIBUTION_LISTS[kind],
      described
        .filter((contribution) => contribution.kind === kind)
        .map(({ kind: _kind, ...description }) => description),
    ]).filter(([, list]) => list.length > 0),
  );

/** How what a manifest declares, as its author wrote it, differs from what the code contributes. */
export const compareContributions = (
  declared: ContributionLists,
  described: readonly DescribedContribution[],
): readonly ContributionDifference[] => {
  const wanted = contributionListsOf(described);
  const lists = new Set([...Object.keys(declared), ...Object.keys(wanted)]);
  return [...lists].flatMap((list) => compareList(list, declared[list] ?? [], wanted[list] ?? []));
};

const compareList = (
  list: string,
  declared: ContributionLists[string] = [],
  wanted: ContributionLists[string] = [],
): ContributionDifference[] => {
  const removed = declared.flatMap((item, index): ContributionDifference[] =>
    wanted.some(({ name }) => name === item['name'])
      ? []
      : [{ list, name: String(item['name']), change: 'removed', fields: [], index }],
  );
  const others = wanted.flatMap((item): ContributionDifference[] => {
    const name = String(item['name']);
    const index = declared.findIndex((candidate) => candidate['name'] === item['name']);
    const before = declared[index];
    if (before === undefined) return [{ list, name, change: 'added', fields: [], index: undefined }];
    const keys = [...new Set([...Object.keys(before), ...Object.keys(item)])];
    const fields = keys.filter((key) => !isDeepStrictEqual(before[key], item[key]));
    return fields.length === 0 ? [] : [{ list, name, change: 'changed', fields, index }];
  });
  return [...removed, ...others];
};
