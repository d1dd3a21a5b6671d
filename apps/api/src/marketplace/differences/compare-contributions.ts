import {
  contributionsOf,
  type ContributionKind,
  type ManifestContribution,
  type PluginManifest,
} from '@ia-modules/plugin-sdk';
import { compareSchemas, type SchemaChange } from './compare-schemas.ts';

/** How a contribution of one version differs from that of another. */
export type ContributionChange = {
  readonly kind: ContributionKind;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Whether a pipeline that uses it may fail with the other version. */
  readonly isBreaking: boolean;
  /** Of what it is given: the `with` of a step, the configuration of anything else. */
  readonly input: readonly SchemaChange[];
  readonly output: readonly SchemaChange[];
};

type Contributing = Pick<PluginManifest, 'contributions'>;

/** Compares what two versions of a plugin contribute; what is the same is left out. Complete manifests are compared. */
export const compareContributions = (before: Contributing, after: Contributing): readonly ContributionChange[] => {
  const [old, now] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    const change = compareOne(old.get(key), now.get(key));
    return change === null ? [] : [change];
  });
};

const byName = (manifest: Contributing): ReadonlyMap<string, ManifestContribution> =>
  new Map(contributionsOf(manifest).map((item) => [`${item.kind} ${item.name}`, item]));

const compareOne = (
  before: ManifestContribution | undefined,
  after: ManifestContribution | undefined,
): ContributionChange | null => {
  if (before === undefined || after === undefined) {
    const item = before ?? after;
    if (item === undefined) return null;
    const change = before === undefined ? 'added' : 'removed';
    return { kind: item.kind, name: item.name, change, isBreaking: change === 'removed', input: [], output: [] };
  }
  const input = compareSchemas({ before: givenTo(before), after: givenTo(after), use: 'accepted' });
  const output =
    before.kind === 'step' && after.kind === 'step'
      ? compareSchemas({ before: before.output, after: after.output, use: 'returned' })
      : [];
  if (input.length + output.length === 0) return null;
  const isBreaking = [...input, ...output].some((change) => change.isBreaking);
  return { kind: after.kind, name: after.name, change: 'changed', isBreaking, input, output };
};

const givenTo = (item: ManifestContribution): unknown => (item.kind === 'step' ? item.input : item.config);
