import type { Json } from '@ia-modules/plugin-sdk';
import { isNestedTooDeep } from '../definition/nesting.ts';

const MASK = '***';
/** Shorter values are no secrets worth the name: masking them would tear ordinary texts apart. */
const MIN_VALUE_CHARS = 4;
/** Fewer characters of Base64 stand in other texts by chance. */
const MIN_FRAGMENT_CHARS = 6;
/** Longer forms are searched for one by one: a pattern of them would be too large, and the error about it would quote them. */
const MAX_PATTERN_FORM_CHARS = 1_024;

/** Takes secrets out of what is shown or recorded. */
export type SecretScrub = {
  readonly text: (text: string) => string;
  readonly json: <T extends Json>(value: T) => T;
};

/**
 * Makes a scrub of these values, as they are and as JSON strings (also of JSON within JSON), HTML, URLs, hex and Base64 (also
 * within a longer text, as in basic authentication) would show them, and as those show up within URLs, hex and Base64.
 */
export const createSecretScrub = (values: Iterable<string>): SecretScrub => {
  // Whoever reads a secret from a file may take the line break at its end for no part of it.
  const spoken = [...values].flatMap((value) => [value, value.trim()]);
  const forms = new Set(spoken.filter((value) => value.length >= MIN_VALUE_CHARS).flatMap(formsOf));
  if (forms.size === 0) return { text: (text) => text, json: (value) => value };
  const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
  const long = longestFirst.filter((form) => form.length > MAX_PATTERN_FORM_CHARS);
  const short = longestFirst.slice(long.length);
  const pattern = new RegExp(
    short.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|') || '(?!)',
    'g',
  );
  const text = (plain: string): string =>
    long
      .reduce((masked, form) => (masked.length < form.length ? masked : masked.replaceAll(form, MASK)), plain)
      .replaceAll(pattern, MASK);
  return {
    text,
    // What is nested deeper than a step may return is refused anyway, and never recorded.
    json: (value) => (isTooDeep(value) ? value : (scrubJson(value, text) as typeof value)),
  };
};

const isTooDeep = (value: Json): boolean => typeof value === 'object' && value !== null && isNestedTooDeep(value);

/** As texts show a value, and as these texts are sent on: a JSON document in a URL, a query within Base64. */
const formsOf = (value: string): readonly string[] => {
  const asJson = escapeJson(value);
  const shown = [value, asJson, escapeJson(asJson), escapeHtml(value), ...urlFormsOf(value)];
  return [...new Set(shown)].flatMap((text) => [text, ...urlFormsOf(text), ...byteFormsOf(text)]);
};

const urlFormsOf = (text: string): readonly string[] => {
  const inUrls = [encodeUrl(text), new URLSearchParams([['', text]]).toString().slice(1)];
  return [...inUrls, ...inUrls.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()))];
};

const byteFormsOf = (text: string): readonly string[] => {
  const bytes = new TextEncoder().encode(text);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const base64 = base64FragmentsOf(bytes);
  const base64Url = base64.map((fragment) => fragment.replaceAll('+', '-').replaceAll('/', '_'));
  return [hex, hex.toUpperCase(), ...base64, ...base64Url];
};

const escapeJson = (value: string): string => JSON.stringify(value).slice(1, -1);

const escapeHtml = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Halves of surrogate pairs have no form in a URL. */
const encodeUrl = (value: string): string => encodeURIComponent(value.toWellFormed());

/** The characters that depend on the value alone, for each of the three places where it can begin within a group of three bytes. */
const base64FragmentsOf = (bytes: Uint8Array): readonly string[] =>
  [0, 1, 2].flatMap((offset) => {
    const shifted = new Uint8Array(offset + bytes.length);
    shifted.set(bytes, offset);
    const firstChar = Math.ceil((offset * 8) / 6);
    const endChar = Math.floor((shifted.length * 8) / 6);
    const fragment = toBase64(shifted).slice(firstChar, endChar);
    return fragment.length < MIN_FRAGMENT_CHARS ? [] : [fragment];
  });

const toBase64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (const byte of bytes) binary += String.fromCodePoint(byte);
  return btoa(binary);
};

const scrubJson = (value: Json, text: (plain: string) => string): Json => {
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => scrubJson(item, text));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), scrubJson(item, text)]));
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
