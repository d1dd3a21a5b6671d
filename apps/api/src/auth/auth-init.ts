import type { Database } from '@ia-modules/database';
import type { ApiConfig } from '../config.ts';
import type { MailQueue } from '../mail/mail-queue.ts';

/** What signing people in works with. */
export type AuthInit = {
  readonly config: ApiConfig;
  readonly database: Database;
  readonly mails: MailQueue;
};
