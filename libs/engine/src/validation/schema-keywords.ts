import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import { isJsonObject } from '../definition/is-json-object.ts';
import { suggest } from '../definition/suggest.ts';

/** Keywords by what stands behind them. */
const SCHEMA_KEYWORDS = ['additionalProperties', 'items', 'contains', 'propertyNames', 'not', 'if', 'then', 'else'];
const MORE_SCHEMA_KEYWORDS = ['unevaluatedItems', 'unevaluatedProperties'];
const SCHEMA_MAP_KEYWORDS = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'];
const SCHEMA_LIST_KEYWORDS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const PLAIN_KEYWORDS =
  'type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxContains minContains maxProperties minProperties required dependentRequired title description default deprecated readOnly writeOnly examples format contentEncoding contentMediaType contentSchema $id $schema $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment'.split(
    ' ',
  );

const HOLDS_SCHEMA: ReadonlySet<string> = new Set([...SCHEMA_KEYWORDS, ...MORE_SCHEMA_KEYWORDS]);
const HOLDS_MAP: ReadonlySet<string> = new Set(SCHEMA_MAP_KEYWORDS);
const HOLDS_LIST: ReadonlySet<string> = new Set(SCHEMA_LIST_KEYWORDS);
const KEYWORDS: ReadonlySet<string> = new Set([...HOLDS_SCHEMA, ...HOLDS_MAP, ...HOLDS_LIST, ...PLAIN_KEYWORDS]);

export type KeywordTypo = { readonly path: Path; readonly key: string; readonly meant: string };

/** Finds keys of a JSON Schema that are no keywords but nearly one. A schema may have keys of its own: others are left alone. */
export const findKeywordTypos = (root: JsonObject): KeywordTypo[] => {
  const typos: KeywordTypo[] = [];
  const pending: { readonly schema: unknown; readonly path: Path }[] = [{ schema: root, path: [] }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { schema, path } = entry;
    if (!isJsonObject(schema)) continue;
    for (const [key, value] of Object.entries(schema)) {
      const at = [...path, key];
      if (HOLDS_SCHEMA.has(key)) pending.push({ schema: value, path: at });
      else if (HOLDS_LIST.has(key) && Array.isArray(value)) {
        for (const [index, item] of value.entries()) pending.push({ schema: item, path: [...at, index] });
      } else if (HOLDS_MAP.has(key) && isJsonObject(value)) {
        for (const [name, item] of Object.entries(value)) pending.push({ schema: item, path: [...at, name] });
      } else if (!KEYWORDS.has(key) && !key.startsWith('x-')) {
        const meant = suggest(key, KEYWORDS);
        if (meant !== undefined) typos.push({ path: at, key, meant });
      }
    }
  }
  return typos;
};
