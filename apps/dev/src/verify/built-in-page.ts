import { contributionsOf, parseManifest } from '@ia-modules/plugin-sdk';

/** A package below plugins/, by the name of its folder, which pipelines use as its alias. */
export type BuiltInPackage = Readonly<{ alias: string; packageJson: unknown }>;

const INTRODUCTION = `# Built-in plugins

They come with the platform: pipelines use them without naming a package, as \`http.request\`. Each is an ordinary package below
[plugins/](../plugins), with its schemas, examples, errors and limits on its page. They run in the worker's own process, behind guarded
doors ([ADR 0024](adr/0024-trusted-plugins-use-guarded-doors.md)). This page is printed from their manifests.
`;

/** The page of all built-in plugins, in alphabetical order. */
export function renderBuiltInPage(packages: readonly BuiltInPackage[]): string {
  const sorted = packages.toSorted((one, other) => (one.alias < other.alias ? -1 : 1));
  return `${INTRODUCTION}${sorted.map(renderPackage).join('')}`;
}

function renderPackage({ alias, packageJson }: BuiltInPackage): string {
  const parsed = parseManifest(packageJson);
  if (!parsed.ok) throw new Error(`The manifest of plugins/${alias} is not valid.`);
  const rows = contributionsOf(parsed.manifest).map(
    ({ kind, name, description }) => `| \`${alias}.${name}\` | ${kind} | ${description.replaceAll('|', '\\|')} |\n`,
  );
  const link = `[${alias}](../plugins/${alias}/README.md)`;
  return `\n## ${link}\n\n${parsed.package.description}\n\n| use | kind | what it does |\n|---|---|---|\n${rows.join('')}`;
}
