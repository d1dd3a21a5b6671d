import { PluginError } from '@ia-modules/plugin-sdk';

const HEADER_BYTES = 5;
const MAX_TEXT_BYTES = 1024 * 1024;
const ROW = 'D';
const SASL_MECHANISMS = 10;
/** Bytes of a column's description after its name. */
const COLUMN_BYTES = 18;

/**
 * Checks what a PostgreSQL server sends before pg reads it, piece by piece. pg looks for the end of a text beyond the end of its message,
 * forever: a server that leaves it out would stop the whole process.
 * @throws Error at the first message that is malformed; PluginError `IA_PLUGIN_LIMIT` at a row that is too large, before it is there
 */
export const createMessageCheck = (maxRowBytes: () => number): ((chunk: Buffer) => void) => {
  let header: Buffer = Buffer.alloc(0);
  let body: Buffer[] | undefined;
  let missingBytes = 0;

  const begin = (chunk: Buffer, at: number): number => {
    const taken = chunk.subarray(at, at + HEADER_BYTES - header.byteLength);
    header = Buffer.concat([header, taken]);
    if (header.byteLength === HEADER_BYTES) {
      missingBytes = header.readUInt32BE(1) - 4;
      body = CHECKS.has(typeOf(header)) ? [] : undefined;
      if (missingBytes < 0 || (body !== undefined && missingBytes > MAX_TEXT_BYTES)) throw malformed();
      if (typeOf(header) === ROW && missingBytes > maxRowBytes()) throw tooLargeRow(maxRowBytes());
    }
    return at + taken.byteLength;
  };

  const goOn = (chunk: Buffer, at: number): number => {
    const part = chunk.subarray(at, at + missingBytes);
    body?.push(part);
    missingBytes -= part.byteLength;
    if (missingBytes === 0) {
      if (body !== undefined) CHECKS.get(typeOf(header))?.(Buffer.concat(body));
      header = Buffer.alloc(0);
    }
    return at + part.byteLength;
  };

  return (chunk) => {
    for (let at = 0; at < chunk.byteLength; ) {
      if (header.byteLength < HEADER_BYTES) at = begin(chunk, at);
      if (header.byteLength === HEADER_BYTES) at = goOn(chunk, at);
    }
  };
};

const typeOf = (header: Buffer): string => String.fromCharCode(header[0] ?? 0);

const tooLargeRow = (maxBytes: number): PluginError =>
  new PluginError({
    code: 'IA_PLUGIN_LIMIT',
    message: `A row of the database has more than ${maxBytes} bytes.`,
    hint: 'Ask for fewer or shorter columns, or raise max_bytes.',
  });

const malformed = (): Error => new Error('A message of the database is malformed.');

/** Where the text that begins at a place has ended. */
const afterText = (body: Buffer, at: number): number => {
  const end = body.indexOf(0, at);
  if (at >= body.byteLength || end === -1) throw malformed();
  return end + 1;
};

/** Texts up to an empty one; `labelBytes` stand before each. */
const checkList = (body: Buffer, start: number, labelBytes: number): void => {
  let at = start;
  while (body[at] !== 0) at = afterText(body, at + labelBytes);
};

const checkColumns = (body: Buffer): void => {
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left -= 1) at = afterText(body, at) + COLUMN_BYTES;
  if (at > body.byteLength) throw malformed();
};

const checkTwoTexts = (body: Buffer, at: number): void => void afterText(body, afterText(body, at));

const checkSignIn = (body: Buffer): void => {
  if (body.readInt32BE(0) === SASL_MECHANISMS) checkList(body, 4, 0);
};

/** The messages with texts in them (PostgreSQL, "Message Formats"), by their first byte. */
const CHECKS: ReadonlyMap<string, (body: Buffer) => void> = new Map([
  ['A', (body) => checkTwoTexts(body, 4)],
  ['C', (body) => void afterText(body, 0)],
  ['E', (body) => checkList(body, 0, 1)],
  ['N', (body) => checkList(body, 0, 1)],
  ['R', checkSignIn],
  ['S', (body) => checkTwoTexts(body, 0)],
  ['T', checkColumns],
]);
