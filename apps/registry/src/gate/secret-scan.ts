import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';

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
  if (bytes.subarray(0, SNIFFED_BYTES).includes(0)) return [];
  const text = new TextDecoder().decode(bytes);
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

async function scan(file: string, content: string): Promise<{ readonly kind: string; readonly at: number }[]> {
  const { messages } = await lintSource({
    source: { filePath: file, content, ext: extensionOf(file), contentType: 'text' },
    options: { config: CONFIG, maskSecrets: true, noPhysicFilePath: true },
  });
  return messages
    .filter((message) => message.type === 'message' && message.severity === 'error')
    .map(({ messageId, loc }) => ({ kind: messageId, at: loc.start.line }));
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
