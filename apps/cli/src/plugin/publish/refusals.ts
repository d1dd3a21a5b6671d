/** What the registry refuses, and what its author can do about it. */
const HINTS: Readonly<Record<string, string>> = {
  IA_REGISTRY_UNAUTHENTICATED:
    'Run `ia-plugin login`, or put an API token into .npmrc as //<registry host>/:_authToken.',
  IA_REGISTRY_VERSION_EXISTS: 'Raise the version in package.json: a published version never changes.',
  IA_REGISTRY_PACKAGE: 'Run `ia-plugin validate`: it names the place in package.json.',
  IA_REGISTRY_TARBALL: 'See what npm packs with `npm pack --dry-run`, and narrow "files" in package.json.',
  IA_PLUGIN_MANIFEST: 'Run `ia-plugin validate`: it names the place in package.json.',
};

export type Refusal = { readonly code: string; readonly message: string; readonly hint: string | undefined };

/** Reads why a registry refused, from what npm printed. */
export const readRefusals = (stderr: string): readonly Refusal[] => {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^npm (?:error|ERR!)\s?/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('npm ') && !line.startsWith('A complete log'));
  const [, code = 'IA_CLI_NPM', text = ''] =
    /(?<code>IA_[A-Z_]+): (?<text>[\s\S]+)/.exec(lines.find((line) => line.includes('IA_')) ?? '') ?? [];
  if (text === '') {
    const isTaken = /previously published|EPUBLISHCONFLICT/.test(stderr);
    const isUnknown = /ENEEDAUTH|E401/.test(stderr);
    const known = isTaken ? 'IA_REGISTRY_VERSION_EXISTS' : isUnknown ? 'IA_REGISTRY_UNAUTHENTICATED' : code;
    return [{ code: known, message: lines.filter((line) => !line.startsWith('code ')).join(' '), hint: HINTS[known] }];
  }
  if (code === 'IA_REGISTRY_FORBIDDEN') return [refusalOf(text)];
  const sentences = text.split(/(?<=\.) (?=(?:package\.json|The |Packages |A |This |Only |It ))/).filter(Boolean);
  return sentences.map((message) => ({ code, message, hint: HINTS[code] }));
};

/** The registry says itself what to do about it, in the sentences behind the first. */
const refusalOf = (text: string): Refusal => {
  const [message = text, ...next] = text.split(/(?<=\.) (?=[A-Z])/);
  return { code: 'IA_REGISTRY_FORBIDDEN', message, hint: next.join(' ') || undefined };
};
