import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuiltInPlugin, BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import { createPluginCatalog, validatePipeline } from '@ia-modules/engine';
import { contributionsOf } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { schemasWithoutDescription } from './schema-descriptions.ts';
import { svgProblems } from './svg-problems.ts';

const root = fileURLToPath(new URL('../../../plugins/', import.meta.url));
const folderOf = ({ name }: BuiltInPlugin): string => path.join(root, name.replace('@ia-modules/plugin-', ''));
const read = (plugin: BuiltInPlugin, file: string): string => readFileSync(path.join(folderOf(plugin), file), 'utf8');

const plugins = [...BUILT_IN_PLUGINS.values()];
const catalog = createPluginCatalog(plugins.map(({ alias, manifest }) => ({ prefix: `${alias}.`, manifest })));

/** What the engine itself runs under the alias of a built-in. */
const ENGINE_STEPS: ReadonlySet<string> = new Set(['human.approval']);

const examplesIn = (markdown: string): string[] =>
  [...markdown.matchAll(/^```json\n(.*?)^```/gms)]
    .map(([, text = '']) => text)
    .filter((text) => text.includes('"steps"'));

it('lists every package below plugins/', () => {
  const folders = globSync('*/package.json', { cwd: root }).map((file) => path.dirname(file));
  expect(plugins.map(({ alias }) => alias).toSorted()).toEqual(folders.toSorted());
  expect(plugins.length).toBeGreaterThanOrEqual(20);
});

describe.each(plugins.map((plugin) => [plugin.alias, plugin] as const))('%s', (alias, plugin) => {
  const { manifest } = plugin;
  const declared = contributionsOf(manifest);

  it('declares what its code has, with the schemas that it checks', async () => {
    const { contributions } = await plugin.load();
    expect(declared).toEqual(contributions.map(({ kind, describe: tell }) => ({ kind, ...tell() })));
  });

  it('is trusted, and says what it is', () => {
    expect(manifest.runtime).toBe('trusted');
    expect(plugin.description).not.toBe('');
    expect(declared.filter(({ description }) => description === '')).toEqual([]);
  });

  it('describes every value that pipelines write and read', () => {
    const missing = declared.flatMap((contribution) => {
      const place = `${alias}.${contribution.name}`;
      return contribution.kind === 'step'
        ? [
            ...schemasWithoutDescription(contribution.input, `${place} input`),
            ...schemasWithoutDescription(contribution.output, `${place} output`),
          ]
        : schemasWithoutDescription(contribution.config, `${place} config`);
    });
    expect(missing).toEqual([]);
  });

  it('has an icon of its own, drawn without scripts, links or foreign content', () => {
    expect(manifest.icon).toBe('icon.svg');
    const icon = read(plugin, 'icon.svg');
    expect(svgProblems(icon)).toEqual([]);
    const others = plugins.filter((other) => other !== plugin && existsSync(path.join(folderOf(other), 'icon.svg')));
    expect(others.filter((other) => read(other, 'icon.svg') === icon).map(({ name }) => name)).toEqual([]);
  });

  it('has a README that names all of it', () => {
    const readme = read(plugin, 'README.md');
    expect(declared.filter(({ name }) => !readme.includes(`\`${alias}.${name}\``)).map(({ name }) => name)).toEqual([]);
  });

  it('has a README that tells of every value', () => {
    const readme = read(plugin, 'README.md');
    const untold = declared.flatMap((contribution) => {
      const schemas = contribution.kind === 'step' ? [contribution.input, contribution.output] : [contribution.config];
      const names = schemas.flatMap(({ properties = {} }) => Object.keys(properties as object));
      return names.filter((name) => !new RegExp(`\`[^\`\\n]*\\b${name}\\b`).test(readme));
    });
    expect(untold).toEqual([]);
  });

  it('has examples that are valid and use it', () => {
    const examples = examplesIn(read(plugin, 'README.md'));
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const { diagnostics } = validatePipeline(example, { catalog });
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    }
    const used = [...examples.join('\n').matchAll(/"(?:uses|plugin)": ?"([a-z][a-z0-9_]*\.[a-z0-9_.]+)"/g)].map(
      ([, uses = '']) => uses,
    );
    const known = new Set(declared.map(({ name }) => `${alias}.${name}`));
    expect(used.filter((uses) => known.has(uses) || (ENGINE_STEPS.has(uses) && uses.startsWith(alias)))).not.toEqual(
      [],
    );
  });

  it('has tests', () => {
    expect(globSync('{src,tests}/**/*.test.ts', { cwd: folderOf(plugin) })).not.toEqual([]);
  });
});
