import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { type AnyNode, parse } from 'acorn';

/** Something that the sources say, and where. */
export type SourceFact = {
  readonly kind: 'host' | 'secret' | 'import';
  /** A host with its port, the name of a secret, or what is imported. */
  readonly value: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
};

const SOURCES = 'src/**/*.{ts,js,mjs}';

/** What the sources of a plugin say literally of hosts and secrets. Code that does not parse is for the build to name. */
export const sourceFacts = async (directory: string): Promise<readonly SourceFact[]> => {
  const files = globSync(SOURCES, { cwd: directory }).filter((file) => !/\.test\.\w+$/.test(file));
  const read = files.map(async (file) => {
    const text = await readFile(path.join(directory, file), 'utf8');
    return factsOf(file, text);
  });
  return (await Promise.all(read)).flat();
};

/** What one module says. */
export const factsOf = (file: string, text: string): readonly SourceFact[] => {
  const facts: SourceFact[] = [];
  const root = tryParse(file, text);
  if (root === undefined) return [];
  const visit = (node: AnyNode): void => {
    for (const { kind, value } of factsAt(node)) {
      const { line = 1, column = 0 } = node.loc?.start ?? {};
      facts.push({ kind, value, file, line, column: column + 1 });
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(root);
  return facts;
};

const tryParse = (file: string, text: string): AnyNode | undefined => {
  try {
    // Types become blanks, so that lines and columns stay.
    const code = file.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  } catch {
    return undefined;
  }
};

const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'type') === 'string';

const childrenOf = (node: AnyNode): readonly AnyNode[] =>
  Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );

const factsAt = (node: AnyNode): readonly Pick<SourceFact, 'kind' | 'value'>[] => {
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? hostIn(node.value) : [];
    case 'TemplateElement':
      return hostIn(node.value.cooked ?? '');
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
      return node.source?.type === 'Literal' ? [{ kind: 'import', value: String(node.source.value) }] : [];
    case 'MemberExpression':
      return isSecrets(node.object) ? secretNamed(node.property) : [];
    case 'VariableDeclarator':
      return node.init && isSecrets(node.init) && node.id.type === 'ObjectPattern'
        ? node.id.properties.flatMap((property) => (property.type === 'Property' ? secretNamed(property.key) : []))
        : [];
    default:
      return [];
  }
};

const hostIn = (text: string): readonly Pick<SourceFact, 'kind' | 'value'>[] => {
  const host = /^https?:\/\/(?<host>[a-z0-9.-]+(?::\d+)?)(?:[/?#]|$)/i.exec(text)?.groups?.['host'];
  return host === undefined ? [] : [{ kind: 'host', value: new URL(text).host }];
};

/** `secrets`, `ctx.secrets`. */
const isSecrets = (node: AnyNode): boolean =>
  node.type === 'Identifier'
    ? node.name === 'secrets'
    : node.type === 'MemberExpression' && node.property.type === 'Identifier' && node.property.name === 'secrets';

const secretNamed = (node: AnyNode): readonly Pick<SourceFact, 'kind' | 'value'>[] => {
  const name = node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : '';
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? [{ kind: 'secret', value: name }] : [];
};
