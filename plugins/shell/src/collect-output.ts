import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export type Output = { readonly text: () => string; readonly isTruncated: () => boolean };

const MAX_LOGGED_LINES = 1_000;
const MAX_LINE_CHARS = 2_000;

/** Keeps the beginning of what a program writes, and logs its lines as they come. */
export const collectOutput = (stream: Readable, maxBytes: number, log: (line: string) => void): Output => {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let isTruncated = false;
  const lines = createLineLog(log);
  stream.on('data', (chunk: Buffer) => {
    lines.write(chunk);
    const room = maxBytes - keptBytes;
    if (chunk.byteLength > room) isTruncated = true;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    kept.push(part);
    keptBytes += part.byteLength;
  });
  stream.on('end', lines.end);
  return { text: () => Buffer.concat(kept).toString('utf8'), isTruncated: () => isTruncated };
};

const createLineLog = (log: (line: string) => void) => {
  const decoder = new StringDecoder('utf8');
  let logged = 0;
  let open = '';
  const tell = (line: string): void => {
    logged += 1;
    if (logged <= MAX_LOGGED_LINES) log(line.slice(0, MAX_LINE_CHARS));
    if (logged === MAX_LOGGED_LINES + 1) log('Further lines are not logged.');
  };
  return {
    write: (chunk: Buffer): void => {
      if (logged > MAX_LOGGED_LINES) return;
      const [last = '', ...before] = (open + decoder.write(chunk)).split('\n').toReversed();
      for (const line of before.toReversed()) tell(line);
      open = last.slice(0, MAX_LINE_CHARS);
    },
    end: (): void => {
      if (open !== '') tell(open);
    },
  };
};
