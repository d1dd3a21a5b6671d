import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export type DnsServer = {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** The TXT records by name; a test may change them. */
  readonly records: Map<string, string>;
  close(): Promise<void>;
};

const HEADER_BYTES = 12;
const TXT = 16;

const readName = (query: Buffer): { readonly name: string; readonly end: number } => {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
};

/** An answer to one question, as RFC 1035 writes it: a pointer to the name, TXT, IN, a minute, the text. */
const answerTo = (query: Buffer, records: ReadonlyMap<string, string>): Buffer => {
  const { name, end } = readName(query);
  const text = query.readUInt16BE(end) === TXT ? records.get(name) : undefined;
  const header = Buffer.from(query.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(text === undefined ? 0x8183 : 0x8180, 2);
  header.writeUInt16BE(text === undefined ? 0 : 1, 6);
  header.fill(0, 8, HEADER_BYTES);
  const question = query.subarray(HEADER_BYTES, end + 4);
  if (text === undefined) return Buffer.concat([header, question]);
  const data = Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
  const answer = Buffer.from([0xc0, HEADER_BYTES, 0, TXT, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 0xff]);
  return Buffer.concat([header, question, answer, data]);
};

/** A name server on loopback that knows TXT records. */
export const startDnsServer = async (): Promise<DnsServer> => {
  const records = new Map<string, string>();
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => socket.send(answerTo(query, records), port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    records,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
};
