import { parsePackageName } from '../access/package-name.ts';

/** What a deprecated version tells those who install it. */
export type Notice = Readonly<{
  message: string;
  /** A package name, with a range or without. */
  replacement: string | null;
}>;

export type Advisory = Readonly<{ severity: string; title: string }>;

const SUFFIX = /^(?:(?<message>.*)\s)?Use (?<replacement>@\S+) instead\.$/s;
const SEPARATOR = ' | ';
const ADVISORY = /^advisory \((?:low|moderate|high|critical)\): /;
const MESSAGE_OF_NONE = 'This version is deprecated.';

/** The one line that npm shows; empty for a version that is not deprecated. */
export function formatNotice(notice: Notice | null): string {
  if (notice === null) return '';
  const message = notice.message === '' ? MESSAGE_OF_NONE : notice.message;
  return notice.replacement === null ? message : `${message} Use ${notice.replacement} instead.`;
}

/** Reads what `npm deprecate` sends: the replacement is recognised by the words that `formatNotice` puts it in. */
export function parseNotice(text: string): Notice | null {
  const own = withoutAdvisories(text);
  if (own === '') return null;
  const { message = '', replacement = '' } = SUFFIX.exec(own)?.groups ?? {};
  if (!isPackageReference(replacement)) return { message: own, replacement: null };
  return { message: message === '' ? MESSAGE_OF_NONE : message.trim(), replacement };
}

/** What npm gets to read of a version: the advisories against it, then what its owner says. */
export function withAdvisories(own: string, advisories: readonly Advisory[]): string {
  const warnings = advisories.map(({ severity, title }) => `advisory (${severity}): ${title.replaceAll('|', '/')}`);
  return [...warnings, ...(own === '' ? [] : [own])].join(SEPARATOR);
}

/** Advisories come from the platform alone: npm sends them back as it was served them. */
export function withoutAdvisories(text: string): string {
  const parts = text.split(SEPARATOR);
  while (parts[0] !== undefined && ADVISORY.test(parts[0])) parts.shift();
  return parts.join(SEPARATOR).trim();
}

function isPackageReference(text: string): boolean {
  const at = text.indexOf('@', 1);
  return parsePackageName(at === -1 ? text : text.slice(0, at)) !== null;
}
