import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { ApiToken, Prisma } from './generated/prisma/client.ts';
import type { TokenScope } from './token-scopes.ts';

export type MintedToken = { readonly token: string; readonly hash: string; readonly prefix: string };

export type NewApiToken = {
  readonly tenantId: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly createdBy: string;
  /** Whom it acts for, when that is no person: `createdBy` is then `service:<id>`. */
  readonly serviceAccountId?: string | undefined;
  readonly expiresAt?: Date | undefined;
};

const TOKEN_PREFIX = 'ia_';
const SECRET_BYTES = 32;
const SHOWN_CHARACTERS = 8;

/** Makes a token of 256 random bits; only its hash is ever stored. */
export function mintApiToken(): MintedToken {
  const token = `${TOKEN_PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { token, hash: hashApiToken(token), prefix: token.slice(0, SHOWN_CHARACTERS) };
}

/** A fast hash is enough: nobody guesses 256 random bits. */
export function hashApiToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Tells an API token from a session's without a look-up. */
export function isApiToken(credential: string): boolean {
  return /^ia_[A-Za-z0-9_-]{43}$/.test(credential);
}

/** Stores a new token inside the tenant's transaction. `token` is shown this once. */
export async function createApiToken(
  tx: Prisma.TransactionClient,
  input: NewApiToken,
): Promise<{ readonly token: string; readonly record: ApiToken }> {
  const minted = mintApiToken();
  const record = await tx.apiToken.create({
    data: {
      id: uuid(),
      tenantId: input.tenantId,
      name: input.name,
      prefix: minted.prefix,
      hash: minted.hash,
      scopes: [...input.scopes],
      createdBy: input.createdBy,
      serviceAccountId: input.serviceAccountId ?? null,
      expiresAt: input.expiresAt ?? null,
    },
  });
  return { token: minted.token, record };
}
