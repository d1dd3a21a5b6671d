import type { Located } from './print-expression.ts';
import { ANY, describe, type Kind, LIST, NUMBER, type StaticType, TEXT, TRUTH, type TypeCheck } from './static-type.ts';

/** What functions give, whatever they are given. */
export const FUNCTION_TYPES: Readonly<Record<string, StaticType>> = {
  size: NUMBER,
  int: NUMBER,
  double: NUMBER,
  string: TEXT,
  bool: TRUTH,
  has: TRUTH,
};

type Method = { readonly of: readonly Kind[]; readonly gives: StaticType };

const ofText = (gives: StaticType): Method => ({ of: ['a text'], gives });

const METHODS: Readonly<Record<string, Method>> = {
  startsWith: ofText(TRUTH),
  endsWith: ofText(TRUTH),
  contains: ofText(TRUTH),
  matches: ofText(TRUTH),
  lowerAscii: ofText(TEXT),
  upperAscii: ofText(TEXT),
  trim: ofText(TEXT),
  substring: ofText(TEXT),
  indexOf: ofText(NUMBER),
  lastIndexOf: ofText(NUMBER),
  split: ofText({ ...LIST, element: TEXT }),
  join: { of: ['a list'], gives: TEXT },
  size: { of: ['a text', 'a list', 'an object'], gives: NUMBER },
};

/** The type of `object.method(…)`, with a report when the object is surely none that has the method. */
export const checkMethod = (node: Located, object: StaticType, { report }: TypeCheck): StaticType => {
  const [name] = node.args as [string];
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  // What is computed from values of unknown kinds, timestamps for example, has methods of its own.
  if (method === undefined) return ANY;
  if (object.kinds !== undefined && !method.of.some((kind) => object.kinds?.has(kind))) {
    report(node, `${name}() needs ${method.of.join(' or ')}, not ${describe(object)}.`);
  }
  return method.gives;
};
