import { CONTRIBUTION_LISTS } from '@ia-modules/plugin-sdk';
import { type ContributionTemplate, type Language } from './contribution-template.ts';
import { contributionFiles, fileOf } from './contribution-files.ts';

export type NewPlugin = {
  /** `@scope/name` */
  readonly name: string;
  readonly language: Language;
  readonly templates: readonly ContributionTemplate[];
  readonly year: number;
};

/** All files of a new plugin, by their paths. */
export const pluginFiles = (plugin: NewPlugin): Readonly<Record<string, string>> => {
  const { language, templates } = plugin;
  return {
    'package.json': `${JSON.stringify(packageOf(plugin), null, 2)}\n`,
    [`src/plugin.${language}`]: entryOf(plugin),
    ...Object.assign({}, ...templates.map((template) => contributionFiles(template, language))),
    'README.md': readmeOf(plugin),
    LICENSE: licenseOf(plugin),
    'icon.svg': ICON,
    // `ia-plugin login --project` writes a token into .npmrc.
    '.gitignore': 'node_modules/\ndist/\n*.tgz\n.npmrc\n',
    ...(language === 'ts' && { 'tsconfig.json': `${JSON.stringify(TSCONFIG, null, 2)}\n` }),
  };
};

const SDK_RANGE = '^1.0.0';

const packageOf = ({ name, language, templates }: NewPlugin): object => ({
  name,
  version: '0.1.0',
  description: templates.map(({ description }) => description.description).join(' '),
  license: 'MIT',
  type: 'module',
  keywords: ['ia-modules-plugin'],
  files: ['dist', 'icon.svg', 'README.md', 'LICENSE'],
  scripts: {
    build: 'ia-plugin build',
    validate: 'ia-plugin validate',
    test: 'ia-plugin test',
    prepublishOnly: 'ia-plugin build && ia-plugin validate',
  },
  ...(language === 'ts' && { devDependencies: { '@types/node': '^26.0.0', typescript: '^7.0.0' } }),
  // The tool brings the SDK, so that npm can install the rest where no registry has it.
  peerDependencies: { '@ia-modules/plugin-sdk': SDK_RANGE },
  peerDependenciesMeta: { '@ia-modules/plugin-sdk': { optional: true } },
  iaModules: {
    apiVersion: 1,
    entry: 'dist/plugin.js',
    icon: 'icon.svg',
    contributions: contributionsOf(templates),
    permissions: { net: [], secrets: [], memoryMb: 64, cpuMs: 5000, timeoutMs: 10_000 },
  },
});

const contributionsOf = (templates: readonly ContributionTemplate[]): object =>
  Object.fromEntries(
    templates.map((template) => [
      CONTRIBUTION_LISTS[template.kind],
      templates.filter(({ kind }) => kind === template.kind).map(({ description }) => description),
    ]),
  );

const entryOf = ({ language, templates }: NewPlugin): string => {
  const imports = templates
    .map((template) => `import { ${template.variable} } from './${fileOf(template)}.${language}';`)
    .toSorted();
  const lists = templates.map(({ kind, variable }) => `  ${CONTRIBUTION_LISTS[kind]}: [${variable}],\n`).join('');
  return `import { definePlugin } from '@ia-modules/plugin-sdk';
${imports.join('\n')}

export const plugin = definePlugin({
${lists}});
`;
};

const readmeOf = ({ name, templates }: NewPlugin): string => {
  const alias = (name.split('/')[1] ?? 'plugin').replaceAll(/[^a-z0-9]+/g, '_');
  const rows = templates.map(
    ({ kind, description }) => `| ${kind} | \`${description.name}\` | ${description.description} |`,
  );
  const examples = templates.map(({ description, usage }) => {
    const pipeline = { name: alias, plugins: { [alias]: `${name}@^0.1.0` }, ...usage(`${alias}.${description.name}`) };
    return `### ${description.name}\n\n${fieldTable(description.input ?? description.config ?? {})}
\`\`\`json\n${JSON.stringify(pipeline, null, 2)}\n\`\`\``;
  });
  return `# ${name}

${templates.map(({ description }) => description.description).join(' ')}

| kind | name | what it does |
|---|---|---|
${rows.join('\n')}

It asks for no permissions.

## Use

${examples.join('\n\n')}

## Develop

\`\`\`sh
ia-plugin validate   # names every problem, with file and line
ia-plugin test       # fixtures/ in the sandbox, then tests/
ia-plugin publish    # builds, validates, tests, publishes
\`\`\`
`;
};

const fieldTable = (schema: Readonly<Record<string, unknown>>): string => {
  const { properties = {}, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, { readonly type?: string; readonly description?: string }>>;
    readonly required?: readonly string[];
  };
  const rows = Object.entries(properties).map(
    ([key, { type = 'any', description = '' }]) =>
      `| \`${key}\` | ${type} | ${required.includes(key) ? 'yes' : 'no'} | ${description} |`,
  );
  return rows.length === 0 ? '' : `| field | type | required | what |\n|---|---|---|---|\n${rows.join('\n')}\n`;
};

const licenseOf = ({ name, year }: NewPlugin): string => `MIT License

Copyright (c) ${year} the authors of ${name}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH
THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
  <path d="M9 3v5M15 3v5M6 8h12v4a6 6 0 0 1-12 0zM12 18v3" />
</svg>
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2024',
    lib: ['ES2024', 'DOM'],
    module: 'NodeNext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    types: ['node'],
  },
  include: ['src', 'tests'],
};
