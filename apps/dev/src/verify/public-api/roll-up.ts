import path from 'node:path';
import { type Comment, parseSync, type Statement } from 'oxc-parser';

/** Declaration files by absolute path. */
export type DeclarationFiles = ReadonlyMap<string, string>;

type Declaration = Readonly<{ file: string; name: string; text: string; node: Statement }>;
type Target = Readonly<{ file: string; name: string }>;
type Module = Readonly<{
  declarations: ReadonlyMap<string, Declaration>;
  /** What the module says of other names: where they come from, by their name here. */
  imports: ReadonlyMap<string, Target>;
  /** Where exported names come from, by their name outside. */
  exports: ReadonlyMap<string, Target>;
}>;

/**
 * Writes all that one entry of a package exports, and all that its types name, into one text that stands for itself: sorted, without
 * comments, so that two of them differ only where the types do.
 */
export function rollUp(entry: string, files: DeclarationFiles): string {
  const modules = new Map<string, Module>();
  const moduleOf = (file: string): Module => {
    const module = modules.get(file) ?? readModule(file, files);
    modules.set(file, module);
    return module;
  };
  const imports = new Set<string>();
  const found = new Map<string, Declaration>();
  const add = (target: Target): void => {
    const declaration = findDeclaration(target, moduleOf);
    if (typeof declaration === 'string') return void imports.add(declaration);
    const known = found.get(declaration.name);
    if (known?.file === declaration.file) return;
    if (known !== undefined)
      throw new Error(`${declaration.name} is declared in ${known.file} and ${declaration.file}`);
    found.set(declaration.name, declaration);
    const { declarations, imports: imported } = moduleOf(declaration.file);
    for (const name of namesIn(declaration.node)) {
      if (declarations.has(name)) add({ file: declaration.file, name });
      const source = imported.get(name);
      if (source !== undefined) add(source);
    }
  };
  const exported = [...moduleOf(entry).exports];
  for (const [name, target] of exported) {
    if (name !== target.name)
      throw new Error(`${target.name} is exported as ${name}: give it that name where it is declared`);
    add(target);
  }
  const names = new Set(exported.map(([name]) => name));
  const texts = [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    ...[...imports].toSorted(),
    ...texts.filter(({ name }) => names.has(name)).map(({ text }) => `export ${text}`),
    '// Named by the types above.',
    ...texts.filter(({ name }) => !names.has(name)).map(({ text }) => text),
    'export {};\n',
  ].join('\n\n');
}

function readModule(file: string, files: DeclarationFiles): Module {
  const text = files.get(file);
  if (text === undefined) throw new Error(`there is no declaration file ${file}`);
  const { program, comments } = parseSync(file, text);
  const declarations = new Map<string, Declaration>();
  const imports = new Map<string, Target>();
  const exports = new Map<string, Target>();
  const resolve = (source: string): string =>
    source.startsWith('.') ? path.resolve(path.dirname(file), source).replace(/\.ts$/, '.d.ts') : source;
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      for (const specifier of statement.specifiers) {
        const name = specifier.type === 'ImportSpecifier' ? textOf(specifier.imported) : specifier.type;
        imports.set(specifier.local.name, { file: resolve(statement.source.value), name });
      }
    } else if (statement.type === 'ExportNamedDeclaration' && statement.declaration === null) {
      const source = statement.source === null ? file : resolve(statement.source.value);
      for (const { local, exported } of statement.specifiers) {
        exports.set(textOf(exported), { file: source, name: textOf(local) });
      }
    } else {
      const isExported = statement.type === 'ExportNamedDeclaration';
      const node = (isExported ? statement.declaration : statement) as Statement;
      const name = nameOf(node);
      declarations.set(name, { file, name, text: plainText(text, node, comments), node });
      if (isExported) exports.set(name, { file, name });
    }
  }
  return { declarations, imports, exports };
}

/** Gives an import instead for what is declared outside of the package. */
function findDeclaration(target: Target, moduleOf: (file: string) => Module): Declaration | string {
  if (!path.isAbsolute(target.file)) {
    if (target.name === 'ImportNamespaceSpecifier') throw new Error(`${target.file} is imported as a whole`);
    return `import { ${target.name} } from '${target.file}';`;
  }
  const { declarations, exports, imports } = moduleOf(target.file);
  const declaration = declarations.get(target.name);
  if (declaration !== undefined) return declaration;
  const next = exports.get(target.name) ?? imports.get(target.name);
  if (next === undefined) throw new Error(`${target.file} does not declare ${target.name}`);
  return findDeclaration(next, moduleOf);
}

type Named = Readonly<{ id?: { name: string } | null; declarations?: readonly { id: { name?: string } }[] }>;

function nameOf(node: Statement): string {
  const { id, declarations } = node as unknown as Named;
  const name = id?.name ?? declarations?.[0]?.id.name;
  if (name === undefined) throw new Error(`a ${node.type} has no name`);
  return name;
}

/** Every name that a declaration may mean something else by; keys of properties are none. */
export function namesIn(declaration: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const pending: unknown[] = [declaration];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const { type, name, computed } = node as { type?: unknown; name?: unknown; computed?: unknown };
    if (type === 'Identifier' && typeof name === 'string') names.add(name);
    for (const [key, child] of Object.entries(node)) if (key !== 'key' || computed === true) pending.push(child);
  }
  return names;
}

function plainText(text: string, { start, end }: Statement, comments: readonly Comment[]): string {
  let plain = '';
  let from = start;
  for (const comment of comments.filter((one) => one.start >= start && one.end <= end)) {
    plain += text.slice(from, comment.start);
    from = comment.end;
  }
  const lines = (plain + text.slice(from, end)).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.trimEnd()).join('\n');
}

function textOf(node: { type: string; name?: string; value?: unknown }): string {
  return node.name ?? String(node.value);
}
