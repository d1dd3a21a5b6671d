import { checkSize, overLimit, refusedInput } from '@ia-modules/bounded-work';
import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import { MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT_CHARS } from './xml-names.ts';

const NAME = /^[\p{L}_][\p{L}\p{N}_.-]{0,199}(?::[\p{L}_][\p{L}\p{N}_.-]{0,199})?$/u;
/** What XML 1.0 has no place for, escaped or not. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}/u;

export type FormatOptions = {
  readonly attribute_prefix: string;
  readonly text_key: string;
  readonly indent: number;
  readonly declaration: boolean;
};

/** @throws PluginError `IA_PLUGIN_INPUT` for what XML can not hold, `IA_PLUGIN_LIMIT` */
export const formatXml = (value: Json, options: FormatOptions): string => {
  checkSize(value, { values: MAX_ELEMENTS, depth: MAX_DEPTH, chars: MAX_TEXT_CHARS / 2 });
  const [root, ...others] = isObject(value) ? Object.entries(value) : [];
  if (root === undefined || others.length > 0 || Array.isArray(root[1])) {
    throw refusedInput(
      'What is written as XML has to be an object with one key.',
      'That key names the outermost element.',
    );
  }
  const lines: string[] = options.declaration ? ['<?xml version="1.0" encoding="UTF-8"?>'] : [];
  const writing = { options, lines, chars: 0 };
  writeElement(writing, { name: root[0], value: root[1], level: 0 });
  const text = lines.join(options.indent > 0 ? '\n' : '');
  return options.indent > 0 ? `${text}\n` : text;
};

type Writing = { readonly options: FormatOptions; readonly lines: string[]; chars: number };
type Written = { readonly name: string; readonly value: Json; readonly level: number };

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const writeElement = (writing: Writing, { name, value, level }: Written): void => {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[])
      writeElement(writing, { name, value: Array.isArray(item) ? { item } : item, level });
    return;
  }
  checkName(name);
  if (!isObject(value)) return add(writing, level, enclose(name, '', textOf(value)));
  const { attribute_prefix: prefix, text_key: textKey } = writing.options;
  const isAttribute = ([key, item]: readonly [string, Json]): boolean =>
    prefix !== '' && key.startsWith(prefix) && key !== textKey && (typeof item !== 'object' || item === null);
  const entries = Object.entries(value);
  const attributes = entries
    .filter(isAttribute)
    .map(([key, item]) => ` ${checkName(key.slice(prefix.length))}="${textOf(item)}"`);
  const text = textKey in value ? textOf(value[textKey] as Json) : '';
  const children = entries.filter((entry) => entry[0] !== textKey && !isAttribute(entry));
  if (children.length === 0) return add(writing, level, enclose(name, attributes.join(''), text));
  add(writing, level, `<${name}${attributes.join('')}>${text}`);
  for (const [key, item] of children) writeElement(writing, { name: key, value: item, level: level + 1 });
  add(writing, level, `</${name}>`);
};

const add = (writing: Writing, level: number, line: string): void => {
  const { lines, options } = writing;
  const indented = `${' '.repeat(level * options.indent)}${line}`;
  writing.chars += indented.length;
  if (writing.chars > MAX_TEXT_CHARS) throw overLimit(`XML may have ${MAX_TEXT_CHARS} characters.`);
  lines.push(indented);
};

const enclose = (name: string, attributes: string, text: string): string =>
  text === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${text}</${name}>`;

const checkName = (name: string): string => {
  if (NAME.test(name)) return name;
  throw refusedInput(`"${name.slice(0, 100)}" is no name of an element or an attribute.`);
};

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

const textOf = (value: Json): string => {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (FORBIDDEN.test(text)) throw refusedInput('XML has no place for control characters.');
  return text.replaceAll(/[&<>"\r\n\t]/g, (char) => ESCAPES[char] ?? char);
};
