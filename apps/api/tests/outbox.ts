import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';

export type ReadMail = {
  readonly file: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The last link that the mail offers. */
  readonly url: URL;
};

const header = (raw: string, name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(raw)?.[1]?.trim() ?? '';

/** Long lines come folded, each with a `=` at its end, and a `=` of the text as `=3D`. */
const decodeQuotedPrintable = (text: string): string =>
  text
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Reads a message by its plain text, which comes before the HTML. */
export const parseMail = (raw: string, file = ''): ReadMail => {
  const part = raw.slice(raw.indexOf('text/plain'), raw.indexOf('text/html'));
  const content = part.slice(part.indexOf('\r\n\r\n') + 4, part.lastIndexOf('\r\n--'));
  const text = /quoted-printable/i.test(part) ? decodeQuotedPrintable(content) : content;
  const links = text.match(/https?:\/\/\S+/g) ?? [];
  return {
    file,
    to: header(raw, 'To'),
    subject: header(raw, 'Subject'),
    text,
    url: new URL(links.at(-1) ?? 'http://none.invalid'),
  };
};

export const readMails = async (folder: string): Promise<readonly ReadMail[]> => {
  const files = await readdir(folder).catch(() => []);
  const mails = files.filter((file) => file.endsWith('.eml')).toSorted();
  return Promise.all(mails.map(async (file) => parseMail(await readFile(path.join(folder, file), 'utf8'), file)));
};

/** Waits for the newest mail of a kind to an address. */
export const awaitMail = async (folder: string, kind: string, to: string): Promise<ReadMail> => {
  const newest = async () => (await readMails(folder)).findLast((mail) => mail.file.includes(` ${kind} ${to} `));
  await expect.poll(newest, { timeout: 15_000, interval: 50 }).toBeDefined();
  const mail = await newest();
  if (mail === undefined) throw new Error('the mail is gone again');
  return mail;
};

/** What stands behind the # of a link, as `token`. */
export const fragmentOf = ({ url }: ReadMail): URLSearchParams => new URLSearchParams(url.hash.slice(1));
