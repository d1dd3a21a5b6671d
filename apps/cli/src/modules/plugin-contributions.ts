import { CONTRIBUTION_KINDS, CONTRIBUTION_LISTS, type ContributionKind } from '@ia-modules/plugin-sdk';
import type { CallExpression, Expression, ObjectExpression, Program } from 'acorn';

export type NamedContribution = { readonly kind: ContributionKind; readonly name: string };

/**
 * The contributions of a plugin that a module exports as `plugin` or as its default, when it is made by `definePlugin` there; `unknown`
 * when they can't be read from this module alone.
 */
export const findPluginContributions = (program: Program): readonly NamedContribution[] | 'unknown' | undefined => {
  const constants = constantsOf(program);
  const plugin = exportedPlugin(program, constants);
  if (plugin === undefined) return undefined;
  const found = CONTRIBUTION_KINDS.flatMap((kind) => {
    const list = propertyOf(plugin, CONTRIBUTION_LISTS[kind]);
    if (list === undefined) return [];
    if (list.type !== 'ArrayExpression') return [undefined];
    return list.elements.map((element) => contributionOf(element, kind, constants));
  });
  const named = found.filter((contribution) => contribution !== undefined);
  return named.length > 0 && named.length === found.length ? named : 'unknown';
};

type Constants = ReadonlyMap<string, Expression>;

const constantsOf = (program: Program): Constants => {
  const constants = new Map<string, Expression>();
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations)
      if (id.type === 'Identifier' && init) constants.set(id.name, init);
  }
  return constants;
};

const exportedPlugin = (program: Program, constants: Constants): CallExpression | undefined => {
  for (const statement of program.body) {
    const candidates: (Expression | undefined)[] = [];
    if (statement.type === 'ExportDefaultDeclaration') candidates.push(statement.declaration as Expression);
    if (statement.type === 'ExportNamedDeclaration' && !statement.source) {
      const { declaration, specifiers } = statement;
      if (declaration?.type === 'VariableDeclaration') candidates.push(constants.get('plugin'));
      for (const { local, exported } of specifiers) {
        if (exported.type !== 'Identifier' || local.type !== 'Identifier') continue;
        if (exported.name === 'plugin' || exported.name === 'default') candidates.push(constants.get(local.name));
      }
    }
    const plugin = candidates.map((candidate) => callOf(candidate, 'definePlugin', constants)).find(Boolean);
    if (plugin !== undefined) return plugin;
  }
  return undefined;
};

const contributionOf = (
  element: { readonly type: string } | null,
  kind: ContributionKind,
  constants: Constants,
): NamedContribution | undefined => {
  const callee = `define${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  const call = callOf(element as Expression | null, callee, constants);
  const name = call === undefined ? undefined : propertyOf(call, 'name');
  return name?.type === 'Literal' && typeof name.value === 'string' ? { kind, name: name.value } : undefined;
};

/** The call of a function, given itself or by the name of a constant. */
const callOf = (
  expression: Expression | null | undefined,
  callee: string,
  constants: Constants,
): CallExpression | undefined => {
  const value = expression?.type === 'Identifier' ? constants.get(expression.name) : expression;
  if (value?.type !== 'CallExpression') return undefined;
  return value.callee.type === 'Identifier' && value.callee.name === callee ? value : undefined;
};

const propertyOf = (call: CallExpression, name: string): Expression | undefined => {
  const [argument] = call.arguments;
  if (argument?.type !== 'ObjectExpression') return undefined;
  for (const property of (argument satisfies ObjectExpression).properties) {
    if (property.type !== 'Property' || property.computed) continue;
    if (property.key.type === 'Identifier' && property.key.name === name) return property.value;
  }
  return undefined;
};
