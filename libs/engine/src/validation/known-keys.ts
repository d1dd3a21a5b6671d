import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { isJsonObject } from '../definition/is-json-object.ts';
import { pipelineJsonSchema } from '../definition/schema.ts';

let language: JsonObject | undefined;

/** The keys that the language knows at a place, whichever of its forms is meant there. */
export const knownKeys = (path: Path): string[] => {
  language ??= pipelineJsonSchema();
  let forms = formsOf([language]);
  for (const segment of path) {
    forms = formsOf(
      forms.flatMap((form) => {
        const next = typeof segment === 'number' ? form['items'] : propertiesOf(form)[segment];
        return isJsonObject(next) ? [next] : [];
      }),
    );
  }
  return [...new Set(forms.flatMap((form) => Object.keys(propertiesOf(form))))];
};

const propertiesOf = (form: JsonObject): JsonObject => {
  const properties = form['properties'];
  return isJsonObject(properties) ? properties : {};
};

/** Follows references and unions to the forms themselves. */
const formsOf = (schemas: readonly JsonObject[]): JsonObject[] => {
  const seen = new Set<JsonObject>(schemas);
  for (const schema of seen) {
    const reference = schema['$ref'];
    const target = typeof reference === 'string' ? resolve(reference) : undefined;
    if (target !== undefined) seen.add(target);
    for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
      const branches = schema[keyword];
      if (Array.isArray(branches)) for (const branch of branches) if (isJsonObject(branch)) seen.add(branch);
    }
  }
  return [...seen];
};

const resolve = (reference: string): JsonObject | undefined => {
  let current: unknown = language;
  for (const key of reference.split('/').slice(1)) current = isJsonObject(current) ? current[key] : undefined;
  return isJsonObject(current) ? current : undefined;
};
