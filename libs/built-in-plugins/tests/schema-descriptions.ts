import type { JsonSchema } from '@ia-modules/plugin-sdk';

/** The properties of a schema that say nothing of what they mean, each with the way there. */
export const schemasWithoutDescription = (schema: unknown, place: string): string[] => {
  if (!isSchema(schema)) return [];
  const properties = isSchema(schema['properties']) ? Object.entries(schema['properties']) : [];
  const own = properties.flatMap(([name, property]) => {
    const here = `${place}.${name}`;
    return [...(describes(property) ? [] : [here]), ...schemasWithoutDescription(property, here)];
  });
  const branches = ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => {
    const list: unknown = schema[keyword];
    return Array.isArray(list) ? list : [];
  });
  const inner = [...branches, schema['items'], schema['additionalProperties']];
  return [...own, ...inner.flatMap((part) => schemasWithoutDescription(part, place))];
};

/** A constant, such as the `type` that tells the forms of an object apart, says what it is. */
const describes = (property: unknown): boolean =>
  isSchema(property) && (typeof property['description'] === 'string' || 'const' in property);

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
