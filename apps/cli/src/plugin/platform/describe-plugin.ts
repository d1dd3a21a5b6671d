import { printable } from '../../printable.ts';
import type { Advisory, CataloguePlugin, FoundPlugin } from './plugin-documents.ts';

export const describeRating = ({ rating: { average, count } }: Pick<FoundPlugin, 'rating'>): string =>
  average === null ? '-' : `${average.toFixed(1)} (${count})`;

export const describePublisher = ({ publisher, isVerified }: CataloguePlugin): string =>
  `${publisher === null ? 'no public profile' : printable(publisher.displayName)}${isVerified ? ', verified' : ''}`;

export const describeAdvisory = ({ severity, title, affectedRange, patchedRange }: Advisory): string =>
  printable(
    `${severity.toLowerCase()}: ${title} (${affectedRange}; ${patchedRange === null ? 'no version without it' : `fixed in ${patchedRange}`})`,
  );
