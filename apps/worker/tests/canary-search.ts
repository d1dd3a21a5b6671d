import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { Pool } from 'pg';

/** A text that nobody writes by chance, with characters that look different in JSON, URLs and HTML. */
export const createCanary = (): string => `canary${randomBytes(12).toString('hex')} +/?"é&=<~`;

/** Places that were looked through, with what stands there. */
export type Haystack = Map<string, string>;

/** Where a canary shows up: as it is, or in Base64, hex or a URL. */
export const findCanaries = (haystack: Haystack, canaries: readonly string[]): string[] => {
  const forms = canaries.flatMap(formsOf);
  return [...haystack].flatMap(([place, text]) => {
    const form = forms.find((candidate) => text.includes(candidate));
    return form === undefined ? [] : [`${place}: …${excerptOf(text, form)}…`];
  });
};

const EXCERPT_CHARS = 60;

const excerptOf = (text: string, form: string): string => {
  const at = text.indexOf(form);
  return text.slice(Math.max(0, at - EXCERPT_CHARS), at + form.length + EXCERPT_CHARS);
};

/** The part without special characters stands in texts, JSON and URLs alike. */
const formsOf = (canary: string): string[] => {
  const core = canary.slice(0, canary.indexOf(' '));
  return [core, Buffer.from(core).toString('hex'), ...base64FormsOf(core)];
};

/** What is always the same in Base64, wherever in a text the value begins. */
const base64FormsOf = (core: string): string[] =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(core)]).toString('base64');
    return encoded.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + core.length) * 4) / 3)).replace(/=+$/, '');
  });

const TABLES = `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
  where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;

/** Every row of every table, with binary columns read as well. */
export const dumpDatabase = async (pool: Pool): Promise<Haystack> => {
  const haystack: Haystack = new Map();
  for (const { name } of (await pool.query<{ name: string }>(TABLES)).rows) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    const texts = rows.flatMap(({ row }) => [row, ...[...row.matchAll(/\\x([0-9a-f]{2,})/g)].map(binaryText)]);
    haystack.set(`table ${name}`, texts.join('\n'));
  }
  return haystack;
};

const binaryText = ([, hex = '']: RegExpExecArray | RegExpMatchArray): string => readable(Buffer.from(hex, 'hex'));

const DECOMPRESSORS = [gunzipSync, inflateSync, brotliDecompressSync, zstdDecompressSync];

const readable = (bytes: Buffer): string =>
  [bytes, ...DECOMPRESSORS.flatMap((decompress) => attempt(() => decompress(bytes)))]
    .flatMap((content) => [content.toString('latin1'), content.toString('utf16le')])
    .join('\n');

const attempt = (decompress: () => Buffer): Buffer[] => {
  try {
    return [decompress()];
  } catch {
    return [];
  }
};

/** Every file below a folder. */
export const readFolder = async (folder: string): Promise<Haystack> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [`file ${file}`, readable(await readFile(file))] as const)),
  );
};
