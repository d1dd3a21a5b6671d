import { type Json, PluginError } from '@ia-modules/plugin-sdk';
import type { CustomTypesConfig } from 'pg';
import { parse as parseArray } from 'postgres-array';

/** Reading it holds up everything else in the process. */
const MAX_JSON_CHARS = 4 * 1024 * 1024;

type Parse = (text: string) => Json;

const toFloat: Parse = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);
const toInteger: Parse = (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text);
const toBase64: Parse = (text) => Buffer.from(text.slice(2), 'hex').toString('base64');
const toJson: Parse = (text) => {
  if (text.length > MAX_JSON_CHARS) throw tooLongJson();
  return JSON.parse(text) as Json;
};
/** The session is in UTC with ISO dates: `2026-01-31 12:00:00.5+00`. */
const toInstant: Parse = (text) => {
  const time = Date.parse(text.replace(' ', 'T').replace(/\+00$/, 'Z'));
  return Number.isNaN(time) ? text : new Date(time).toISOString();
};
const toLocalTime: Parse = (text) => text.replace(' ', 'T');
const asText: Parse = (text) => text;

/** By the numbers that PostgreSQL gives types (pg_type.dat); what is not here stays text. */
const PARSERS: ReadonlyMap<number, Parse> = new Map([
  [16, (text) => text === 't'],
  [17, toBase64],
  [20, toInteger],
  [21, toFloat],
  [23, toFloat],
  [26, toFloat],
  [114, toJson],
  [700, toFloat],
  [701, toFloat],
  [1114, toLocalTime],
  [1184, toInstant],
  [3802, toJson],
]);

/** Types of lists with the types of their items. */
const ITEMS: ReadonlyMap<number, number> = new Map([
  [199, 114],
  [1000, 16],
  [1001, 17],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1115, 1114],
  [1182, 1082],
  [1185, 1184],
  [1231, 1700],
  [2951, 2950],
  [3807, 3802],
]);

const parserOf = (type: number): Parse => {
  const item = ITEMS.get(type);
  if (item === undefined) return PARSERS.get(type) ?? asText;
  const parseItem = PARSERS.get(item) ?? asText;
  return (text) => parseArray<Json>(text, parseItem);
};

const tooLongJson = (): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `A JSON column has more than ${MAX_JSON_CHARS} characters.`,
    hint: 'Ask for a part of it, or cast it to text.',
  });

/** Reads what the server sends as JSON, without losing anything of a number. */
export const POSTGRES_TYPES: CustomTypesConfig = {
  getTypeParser: ((type: number) => parserOf(type)) as CustomTypesConfig['getTypeParser'],
};
