import type { Expression, Pattern, Program, VariableDeclaration } from 'acorn';
import type { ParsedModule } from './parse-module.ts';
import { findPluginContributions, type NamedContribution } from './plugin-contributions.ts';

/** What a module lets others import, as far as its text tells. */
export type ModuleExports = {
  readonly names: ReadonlySet<string>;
  /** `export { name as exported } from 'source'` */
  readonly forwarded: ReadonlyMap<string, { readonly source: string; readonly name: string }>;
  /** `export * from 'source'` */
  readonly stars: readonly string[];
  /** Anything may be exported: it is decided only when the module runs. */
  readonly isOpen: boolean;
  /** What the plugin that it exports contributes; `unknown` when only running it tells. */
  readonly contributions: readonly NamedContribution[] | 'unknown' | undefined;
};

export const readExports = ({ program, isCommonJs }: ParsedModule): ModuleExports => {
  const found = isCommonJs ? readCommonJs(program) : readEsModule(program);
  return { ...found, contributions: findPluginContributions(program) };
};

type Found = Omit<ModuleExports, 'contributions'>;

const readEsModule = (program: Program): Found => {
  const names = new Set<string>();
  const forwarded = new Map<string, { readonly source: string; readonly name: string }>();
  const stars: string[] = [];
  for (const statement of program.body) {
    if (statement.type === 'ExportDefaultDeclaration') names.add('default');
    if (statement.type === 'ExportAllDeclaration') {
      if (statement.exported) names.add(nameOf(statement.exported));
      else stars.push(String(statement.source.value));
    }
    if (statement.type !== 'ExportNamedDeclaration') continue;
    const { declaration, source, specifiers } = statement;
    if (declaration?.type === 'VariableDeclaration') for (const name of declaredNames(declaration)) names.add(name);
    else if (declaration) names.add(declaration.id.name);
    for (const { local, exported } of specifiers) {
      if (source) forwarded.set(nameOf(exported), { source: String(source.value), name: nameOf(local) });
      else names.add(nameOf(exported));
    }
  }
  return { names, forwarded, stars, isOpen: false };
};

const nameOf = (node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string =>
  node.name ?? String(node.value);

const declaredNames = ({ declarations }: VariableDeclaration): string[] =>
  declarations.flatMap(({ id }) => namesIn(id));

const namesIn = (pattern: Pattern): string[] => {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === 'RestElement' ? property.argument : property.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : namesIn(element)));
    case 'RestElement':
      return namesIn(pattern.argument);
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    default:
      return [];
  }
};

const readCommonJs = (program: Program): Found => {
  const names = new Set(['default']);
  let isOpen = false;
  for (const statement of program.body) {
    if (statement.type !== 'ExpressionStatement') continue;
    for (let node: Expression = statement.expression; node.type === 'AssignmentExpression'; node = node.right) {
      const target = exportTarget(node.left);
      if (target === undefined) continue;
      if (target !== '') names.add(target);
      else if (node.right.type === 'ObjectExpression') {
        for (const property of node.right.properties) {
          if (property.type === 'Property' && !property.computed) names.add(nameOf(property.key));
          else isOpen = true;
        }
      } else isOpen = node.right.type !== 'AssignmentExpression' || isOpen;
    }
  }
  return { names, forwarded: new Map(), stars: [], isOpen };
};

/** The name in `exports.name` and `module.exports.name`, empty for `module.exports` itself. */
const exportTarget = (node: { readonly type: string }): string | undefined => {
  const path = memberPath(node);
  if (path === undefined) return undefined;
  const [root, ...rest] = path;
  const inside = root === 'exports' ? rest : root === 'module' && rest[0] === 'exports' ? rest.slice(1) : undefined;
  if (inside === undefined || (root === 'exports' && inside.length === 0) || inside.length > 1) return undefined;
  return inside[0] ?? '';
};

type Node = {
  readonly type: string;
  readonly name?: string;
  readonly object?: Node;
  readonly property?: Node;
  readonly computed?: boolean;
};

const memberPath = (node: Node): readonly string[] | undefined => {
  if (node.type === 'Identifier') return [node.name ?? ''];
  if (node.type !== 'MemberExpression' || node.computed === true || node.object === undefined) return undefined;
  const path = memberPath(node.object);
  return path === undefined ? undefined : [...path, node.property?.name ?? ''];
};
