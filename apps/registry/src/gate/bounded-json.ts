import { type Checked, accepted, refused } from '../problem.ts';

export type JsonObject = { readonly [key: string]: unknown };

/** Parses a JSON object that a stranger wrote: nesting is bounded before parsing, `__proto__` keys are refused. */
export function parseBoundedObject(text: string, maxDepth: number): Checked<JsonObject> {
  if (nestingDepth(text) > maxDepth) return invalid(`it is nested deeper than ${maxDepth} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text, refusePrototypeKey);
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
  return isJsonObject(value) ? accepted(value) : invalid('it is not an object');
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string): Checked<never> {
  return refused({ code: 'IA_REGISTRY_PACKAGE', message: `package.json can't be read: ${reason}.` });
}

function refusePrototypeKey(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('the key "__proto__" is not allowed');
  return value;
}

function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isInString) {
      if (char === '\\') at++;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return deepest;
}
