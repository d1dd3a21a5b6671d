import { CONTRIBUTION_KINDS, type ContributionKind } from '@ia-modules/plugin-sdk';
import type { StepCatalog } from '../ports/step-catalog.ts';

const PLACES: Readonly<Record<ContributionKind, string>> = {
  step: 'in `uses` of a step',
  condition: 'in a condition of the type `plugin`',
  validator: 'under `validate` of a step',
  transform: 'under `transform` of a step',
  hook: 'under `hooks`',
  reporter: 'under `reporters`',
  exporter: 'under `exporters`',
};

export const withArticle = (kind: string): string => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;

type MisusedKind = { readonly kinds: string; readonly hint: string };

/** What a name stands for when it is not what it is used as; undefined when it stands for nothing. */
export const explainKind = (
  catalog: StepCatalog | undefined,
  [uses, range]: readonly [uses: string, range: string],
): MisusedKind | undefined => {
  const kinds = CONTRIBUTION_KINDS.filter((kind) =>
    kind === 'step' ? catalog?.find(uses, range) : catalog?.findContribution?.(kind, uses, range),
  );
  if (kinds.length === 0) return undefined;
  return {
    kinds: kinds.map(withArticle).join(' and '),
    hint: `Use it ${kinds.map((kind) => PLACES[kind]).join(' or ')}.`,
  };
};
