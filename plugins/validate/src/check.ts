import { checkSize, createPace, parsePath, pathText, selectPaths } from '@ia-modules/bounded-work';
import {
  defineValidator,
  type Json,
  type PluginContext,
  type ValidationProblem,
  type Validator,
} from '@ia-modules/plugin-sdk';
import { z } from 'zod';

export const MAX_PROBLEMS = 100;

export const pathField = z
  .string()
  .max(500)
  .default('$')
  .describe('Which values are looked at: `$` is the whole, `rows[*].email` one field of each row. Missing ones pass.');

/** One way to check values, wherever a pipeline uses it. */
export type Check = {
  readonly name: string;
  readonly config: z.ZodObject;
  readonly find: (value: Json, config: unknown, ctx: PluginContext) => Promise<readonly ValidationProblem[]>;
  readonly validator: Validator;
};

type CheckInit<Shape extends z.ZodRawShape> = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly config: z.ZodObject<Shape, z.core.$strict>;
  readonly find: (
    value: Json,
    config: z.output<z.ZodObject<Shape, z.core.$strict>>,
    ctx: PluginContext,
  ) => Iterable<Finding> | Promise<Iterable<Finding>>;
};

/** A problem, or nothing: a place where others may work in between. */
export type Finding = ValidationProblem | undefined;

export const defineCheck = <Shape extends z.ZodRawShape>(init: CheckInit<Shape>): Check => {
  const { name, title, description, config } = init;
  const find: Check['find'] = async (value, settings, ctx) => {
    checkSize(value);
    const found = await init.find(value, settings as z.output<typeof config>, ctx);
    return await firstOf(found, ctx);
  };
  return {
    name,
    config,
    find,
    validator: defineValidator({
      name,
      title,
      description,
      config,
      validate: async ({ value, config: settings }, ctx) => verdictOf(await find(value, settings, ctx)),
    }),
  };
};

export const verdictOf = (errors: readonly ValidationProblem[]) => ({ valid: errors.length === 0, errors });

const firstOf = async (found: Iterable<Finding>, ctx: PluginContext): Promise<ValidationProblem[]> => {
  const problems: ValidationProblem[] = [];
  const pace = createPace(ctx);
  for (const problem of found) {
    if (pace.isDue()) await pace.rest();
    if (problem === undefined) continue;
    if (problems.length === MAX_PROBLEMS) return [...problems, { path: '$', message: 'there are more problems' }];
    problems.push(problem);
  }
  return problems;
};

export type Place = { readonly path: string; readonly value: Json };

/** The values that a path leads to, without those that are missing. */
export function* placesIn(value: Json, path: string): Generator<Place> {
  for (const { path: place, value: found } of selectPaths(value, parsePath(path))) {
    if (found !== undefined) yield { path: pathText(place), value: found };
  }
}

/** How a value is called in a message: texts are cut, and nothing else is quoted. */
export const kindOf = (value: Json): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
};
