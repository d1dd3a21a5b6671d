import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { ClientBase } from 'pg';
import { v7 as uuid } from 'uuid';
import { boxKeyOf, openSealedText } from './sealed-box.ts';

/** A login that npm has begun: the code goes to the person, the secret to npm alone. Neither is stored. */
export type OpenedLogin = Readonly<{ code: string; secret: string }>;

export type LoginClient = Readonly<{ name: string; address: string }>;

/** A login as the person sees it who is to confirm it. */
export type OpenLogin = Readonly<{
  id: string;
  publicKey: Buffer;
  client: LoginClient;
  createdAt: Date;
  expiresAt: Date;
}>;

export type LoginAnswer =
  | Readonly<{ kind: 'waiting' }>
  | Readonly<{ kind: 'confirmed'; token: string }>
  | Readonly<{ kind: 'denied' }>
  /** It is over, was fetched before, or never was. */
  | Readonly<{ kind: 'gone' }>;

/** How long a person has to confirm a login. */
export const LOGIN_LIFE_MS = 10 * 60_000;

/** No vowels, so that no words come out, and nothing that reads like something else. */
const CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const CODE_LENGTH = 8;
const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Opens a login; null while too many are open. */
export async function openRegistryLogin(
  pool: Pick<ClientBase, 'query'>,
  client: LoginClient,
): Promise<OpenedLogin | null> {
  const code = newCode();
  const secret = randomBytes(SECRET_BYTES);
  const { publicKey } = boxKeyOf(secret);
  const { rows } = await pool.query<{ is_open: boolean }>(
    `select open_registry_login($1, $2, $3, $4, $5, $6, $7::float8 * interval '1 millisecond') as is_open`,
    [uuid(), codeHash(code), pollHash(secret), publicKey, client.name, client.address, LOGIN_LIFE_MS],
  );
  return rows[0]?.is_open === true ? { code, secret: secret.toString('base64url') } : null;
}

/** What became of a login. An answer is given once. */
export async function takeRegistryLogin(pool: Pick<ClientBase, 'query'>, secretText: string): Promise<LoginAnswer> {
  if (!SECRET.test(secretText)) return { kind: 'gone' };
  const secret = Buffer.from(secretText, 'base64url');
  const { rows } = await pool.query<{ is_denied: boolean; sealed_token: Buffer | null }>(
    'select is_denied, sealed_token from take_registry_login($1)',
    [pollHash(secret)],
  );
  const [row] = rows;
  if (row === undefined) return { kind: 'gone' };
  if (row.is_denied) return { kind: 'denied' };
  if (row.sealed_token === null) return { kind: 'waiting' };
  return { kind: 'confirmed', token: openSealedText(boxKeyOf(secret), row.sealed_token) };
}

/** The open login of a code, however it was typed; null when there is none. */
export async function findRegistryLogin(pool: Pick<ClientBase, 'query'>, code: string): Promise<OpenLogin | null> {
  const { rows } = await pool.query<{
    id: string;
    public_key: Buffer;
    client_name: string;
    client_address: string;
    created_at: Date;
    expires_at: Date;
  }>('select * from find_registry_login($1)', [codeHash(code)]);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    id: row.id,
    publicKey: row.public_key,
    client: { name: row.client_name, address: row.client_address },
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

function newCode(): string {
  const letters = Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]);
  return `${letters.slice(0, CODE_LENGTH / 2).join('')}-${letters.slice(CODE_LENGTH / 2).join('')}`;
}

function codeHash(code: string): string {
  return sha256(`code ${code.toUpperCase().replaceAll(/[^A-Z]/g, '')}`);
}

function pollHash(secret: Buffer): string {
  return sha256(Buffer.concat([Buffer.from('poll '), secret]));
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
