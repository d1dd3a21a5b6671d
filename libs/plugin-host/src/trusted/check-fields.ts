import { type Json, PluginError } from '@ia-modules/plugin-sdk';

const MAX_FIELDS = 50_000;

/**
 * Checks that no object of an input has very many fields: to copy and to validate those takes the whole process much longer than as many
 * fields of small objects.
 * @throws PluginError `IA_PLUGIN_LIMIT`
 */
export const checkFields = (input: Json): void => {
  const waiting: Json[] = [input];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value) && Object.keys(value).length > MAX_FIELDS) throw tooManyFields();
    for (const child of Array.isArray(value) ? (value as readonly Json[]) : Object.values(value)) {
      if (typeof child === 'object' && child !== null) waiting.push(child);
    }
  }
};

const tooManyFields = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `An object of an input may have ${MAX_FIELDS} fields.`,
    hint: 'Write it as a list of objects.',
  });
