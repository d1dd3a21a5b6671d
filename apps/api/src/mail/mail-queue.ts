import type { Prisma } from '@ia-modules/database';
import type { Pool } from 'pg';
import type { Mail } from './mail.ts';

/** A mail lent to one sender. Who it is for may still have to be found out. */
export type TakenMail = {
  readonly id: string;
  readonly kind: string;
  readonly payload: unknown;
  /** Counts from 1. */
  readonly attempt: number;
};

export type MailOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'retry'; readonly problem: string; readonly at: Date }
  | { readonly kind: 'given-up'; readonly problem: string };

/** How long a sender has for the mails that it took; then another one may take them. */
const LEASE_MS = 120_000;

const payloadOf = ({ kind: _kind, ...payload }: Mail): string => JSON.stringify(payload);

/** Queues a mail in the transaction of what it tells of: both happen or neither. */
export const enqueueMail = async (tx: Prisma.TransactionClient, mail: Mail): Promise<void> => {
  await tx.$queryRaw`select enqueue_mail(${mail.kind}, ${payloadOf(mail)}::jsonb)::text`;
};

/** The mails that wait in the database, for all processes together. */
export class MailQueue {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async enqueue(mail: Mail): Promise<void> {
    await this.#pool.query('select enqueue_mail($1, $2::jsonb)', [mail.kind, payloadOf(mail)]);
  }

  async take(limit: number): Promise<readonly TakenMail[]> {
    const sql = 'select id, kind, payload, attempt from take_mails($1, $2)';
    return (await this.#pool.query<TakenMail>(sql, [limit, LEASE_MS])).rows;
  }

  async settle({ id, attempt }: TakenMail, outcome: MailOutcome): Promise<void> {
    const problem = outcome.kind === 'sent' ? null : outcome.problem;
    const retryAt = outcome.kind === 'retry' ? outcome.at : null;
    await this.#pool.query('select settle_mail($1, $2, $3, $4)', [id, attempt, problem, retryAt]);
  }

  /** Puts one mail for each person whom an approval asks in the place of this one. */
  async address({ id, attempt }: TakenMail): Promise<void> {
    await this.#pool.query('select address_approval_mail($1, $2)', [id, attempt]);
  }
}
