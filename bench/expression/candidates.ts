import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import { compileExpression, type Scope } from '@ia-modules/engine';
import { Environment } from '@marcbachmann/cel-js';

/** Makes an expression ready; what it gives evaluates it and throws what goes wrong. */
export type Candidate = {
  readonly name: string;
  readonly compile: (source: string) => (scope: Scope) => unknown;
};

const ROOTS = ['parameters', 'steps', 'run', 'trigger', 'iteration', 'iteration_path', 'item', 'index'];

const createCelJs = (): Candidate => {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxDepth: 32, maxAstNodes: 2_000 },
  });
  for (const root of ROOTS) environment.registerVariable(root, 'dyn');
  return {
    name: 'cel-js',
    compile: (source) => {
      const parsed = environment.parse(source);
      const checked = parsed.check();
      if (!checked.valid) throw checked.error ?? new Error('invalid');
      return parsed;
    },
  };
};

const createBufbuild = (): Candidate => {
  const environment = celEnv();
  return {
    name: '@bufbuild/cel',
    compile: (source) => {
      const evaluate = plan(environment, parse(source));
      return (scope) => {
        const result = evaluate(scope);
        if (isCelError(result)) throw new Error(result.message);
        return result;
      };
    },
  };
};

const engine: Candidate = {
  name: 'cel-js in the engine',
  compile: (source) => compileExpression(source).evaluate,
};

export const candidates: readonly Candidate[] = [createCelJs(), createBufbuild(), engine];
