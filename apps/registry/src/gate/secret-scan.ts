import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { findPatterns, isSecretFile } from './secret-patterns.ts';

/** A place that looks like a secret. What stands there is not repeated. */
export type FoundSecret = Readonly<{ file: string; line: number; kind: string }>;

const PRESET = '@secretlint/secretlint-rule-preset-recommend';
const CONFIG = { rules: [{ id: PRESET, rule: creator }] };
/** A file with a zero byte near its start holds no text. */
const SNIFFED_BYTES = 8 * 1024;
/** Larger files are looked at piece by piece, which overlap so that nothing hides on a seam. */
const PIECE_CHARS = 4 * 1024 * 1024;
const OVERLAP_CHARS = 8 * 1024;
const MAX_FOUND = 20;

/** Looks through the text of a file. A comment `secretlint-disable-next-line` above a line lets it pass. */
export async function findSecrets(file: string, bytes: Uint8Array): Promise<FoundSecret[]> {
  if (isSecretFile(file)) return [{ file, line: 1, kind: 'a file for secrets' }];
  const text = textOf(bytes);
  if (text === null) return [];
  const found = new Map<string, FoundSecret>();
  for (let from = 0, line = 0; from < text.length && found.size < MAX_FOUND; ) {
    const piece = text.slice(from, from + PIECE_CHARS);
    for (const { kind, at } of await scan(file, piece)) {
      const secret = { file, line: line + at, kind };
      found.set(`${secret.line} ${kind}`, secret);
    }
    const next = from + PIECE_CHARS >= text.length ? text.length : from + PIECE_CHARS - OVERLAP_CHARS;
    line += linesIn(text, from, next);
    from = next;
  }
  return [...found.values()].slice(0, MAX_FOUND);
}

/** Null: it holds no text. */
function textOf(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  // What some editors and shells write on Windows.
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return bytes.subarray(0, SNIFFED_BYTES).includes(0) ? null : new TextDecoder().decode(bytes);
}

async function scan(file: string, content: string): Promise<{ readonly kind: string; readonly at: number }[]> {
  const { messages } = await lintSource({
    source: { filePath: file, content, ext: extensionOf(file), contentType: 'text' },
    options: { config: CONFIG, maskSecrets: true, noPhysicFilePath: true },
  });
  const found = messages
    .filter((message) => message.type === 'message' && message.severity === 'error')
    .map(({ messageId, loc }) => ({ kind: messageId, at: loc.start.line }));
  const known = new Set(found.map(({ at }) => at));
  return [...found, ...findPatterns(content).filter(({ at }) => !known.has(at))];
}

function linesIn(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

function extensionOf(file: string): string {
  const dot = file.lastIndexOf('.');
  return dot < 0 ? '' : file.slice(dot);
}
