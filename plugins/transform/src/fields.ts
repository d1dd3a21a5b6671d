import { defineOperation, parsePath, readPath, refusedInput } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { z } from 'zod';
import { fieldPath } from './keys.ts';
import { eachObject } from './rows.ts';
import { writeAt } from './write-at.ts';

const fields = z.array(fieldPath).min(1).max(100);

export const pick = defineOperation({
  name: 'pick',
  title: 'Pick fields',
  description: 'Keeps some fields of an object, or of each object of a list.',
  takes: 'an object, or a list of objects',
  config: z.strictObject({
    fields: fields.describe('What stays, such as `["id", "address.city"]`; what is missing is left out.'),
  }),
  apply: (value, { fields: wanted }, ctx) => {
    const steps = wanted.map(parsePath).map((path) => (picked: Json, object: JsonObject) => {
      const found = readPath(object, path);
      return found === undefined ? picked : writeAt(picked, path, found);
    });
    return eachObject(value, { start: () => ({}), steps }, ctx);
  },
});

export const omit = defineOperation({
  name: 'omit',
  title: 'Leave out fields',
  description: 'Leaves out some fields of an object, or of each object of a list.',
  takes: 'an object, or a list of objects',
  config: z.strictObject({ fields: fields.describe('What goes, such as `["password", "address.street"]`.') }),
  apply: (value, { fields: unwanted }, ctx) => {
    const steps = unwanted.map(parsePath).map((path) => (rest: Json) => writeAt(rest, path, undefined));
    return eachObject(value, { start: (object) => object, steps }, ctx);
  },
});

export const rename = defineOperation({
  name: 'rename',
  title: 'Rename fields',
  description: 'Gives fields of an object, or of each object of a list, other names.',
  takes: 'an object, or a list of objects',
  config: z.strictObject({
    fields: z
      .record(z.string().min(1).max(200), z.string().min(1).max(200))
      .describe('New names by old ones: `{"e-mail": "email"}`. A field that is missing is passed over.'),
  }),
  apply: (value, config, ctx) => {
    const names = new Map(Object.entries(config.fields));
    const renameAll = (object: JsonObject): JsonObject => {
      const renamed = new Map<string, Json>();
      for (const [key, item] of Object.entries(object)) {
        const name = names.get(key) ?? key;
        if (renamed.has(name)) throw refusedInput(`Two fields would be called "${name}".`);
        renamed.set(name, item);
      }
      return Object.fromEntries(renamed);
    };
    return eachObject(value, { start: (object) => object, steps: [(_made, object) => renameAll(object)] }, ctx);
  },
});
