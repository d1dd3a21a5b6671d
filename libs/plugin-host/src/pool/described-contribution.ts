import type { ContributionDescription, ContributionKind } from '@ia-modules/plugin-sdk';

/** What the code of a plugin says of one of its contributions. */
export type DescribedContribution = ContributionDescription & { readonly kind: ContributionKind };
