import type { CallExpression, Expression, ObjectExpression, Program } from 'acorn';

/**
 * The steps of a plugin that a module exports as `plugin` or as its default, when it is made by `definePlugin` there; `unknown`
 * when they can't be read from this module alone.
 */
export const findPluginSteps = (program: Program): readonly string[] | 'unknown' | undefined => {
  const constants = constantsOf(program);
  const plugin = exportedPlugin(program, constants);
  if (plugin === undefined) return undefined;
  const steps = propertyOf(plugin, 'steps');
  if (steps?.type !== 'ArrayExpression') return 'unknown';
  const names = steps.elements.map((element) => stepName(element, constants));
  return names.every((name) => name !== undefined) ? names : 'unknown';
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

const stepName = (element: { readonly type: string } | null, constants: Constants): string | undefined => {
  const call = callOf(element as Expression | null, 'defineStep', constants);
  const name = call === undefined ? undefined : propertyOf(call, 'name');
  return name?.type === 'Literal' && typeof name.value === 'string' ? name.value : undefined;
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
