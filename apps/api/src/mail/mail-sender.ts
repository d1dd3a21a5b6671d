import type { Listener } from '@ia-modules/database';
import type { Logger } from 'pino';
import { mailSchema } from './mail.ts';
import type { MailOutcome, MailQueue, TakenMail } from './mail-queue.ts';
import type { MailTransport } from './mail-transport.ts';
import { renderMail } from './render-mail.ts';

export type MailSenderInit = {
  readonly queue: MailQueue;
  readonly transport: MailTransport;
  readonly listener: Listener;
  readonly portalUrl: string;
  readonly logger: Logger;
};

export type MailSender = { close(): Promise<void> };

const BATCH = 10;
/** For mails that are to be tried again; new ones are announced. */
const LOOK_MS = 10_000;
const MAX_ATTEMPTS = 8;
const FIRST_RETRY_MS = 15_000;
const LONGEST_RETRY_MS = 3_600_000;
const MAX_PROBLEM_LENGTH = 300;
/** The other side will never take it. */
const FIRST_PERMANENT_REPLY = 500;

const retryAfterMs = (attempt: number): number => Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));

const outcomeOfFailure = (error: unknown, attempt: number): MailOutcome => {
  const problem = (error instanceof Error ? error.message : String(error)).slice(0, MAX_PROBLEM_LENGTH);
  const reply = (error as { responseCode?: unknown }).responseCode;
  const isPermanent = typeof reply === 'number' && reply >= FIRST_PERMANENT_REPLY;
  if (isPermanent || attempt >= MAX_ATTEMPTS) return { kind: 'given-up', problem };
  return { kind: 'retry', problem, at: new Date(Date.now() + retryAfterMs(attempt)) };
};

/** An approval names a run; whom it asks is looked up when its mail is due. */
const isUnaddressed = ({ payload }: TakenMail): boolean =>
  typeof payload === 'object' && payload !== null && 'key' in payload && !('to' in payload);

const send = async ({ queue, transport, portalUrl, logger }: MailSenderInit, taken: TakenMail): Promise<void> => {
  if (isUnaddressed(taken)) return queue.address(taken);
  const mail = mailSchema.safeParse({ ...(taken.payload as object), kind: taken.kind });
  if (!mail.success) return queue.settle(taken, { kind: 'given-up', problem: 'The mail is none of a known kind.' });
  let outcome: MailOutcome = { kind: 'sent' };
  try {
    await transport.deliver({ kind: mail.data.kind, to: mail.data.to, ...renderMail(mail.data, portalUrl) });
  } catch (error) {
    outcome = outcomeOfFailure(error, taken.attempt);
    logger.warn({ mailId: taken.id, kind: taken.kind, attempt: taken.attempt, outcome }, 'a mail could not be sent');
  }
  await queue.settle(taken, outcome);
};

/**
 * Sends what waits in the queue, in this process and in every other one of its kind: each mail is lent to one of them. A
 * process that dies after it has sent and before it has said so makes its mail go out twice.
 */
export const startMailSender = (init: MailSenderInit): MailSender => {
  const { queue, listener, logger } = init;
  const closing = new AbortController();
  let isAskedAgain = false;
  let working: Promise<void> | undefined;

  const drain = async (): Promise<void> => {
    do {
      isAskedAgain = false;
      for (
        let taken = await queue.take(BATCH);
        taken.length > 0 && !closing.signal.aborted;
        taken = await queue.take(BATCH)
      ) {
        for (const mail of taken) await send(init, mail);
      }
    } while (isAskedAgain && !closing.signal.aborted);
  };

  const wake = (): void => {
    isAskedAgain = true;
    if (closing.signal.aborted || working !== undefined) return;
    working = drain()
      // The database is away; what waits there still waits when it is back.
      .catch((error: unknown) => logger.warn({ err: error }, 'the mails that wait could not be looked at'))
      .finally(() => {
        working = undefined;
      });
  };

  const timer = setInterval(wake, LOOK_MS);
  timer.unref();
  const listening = listener.listen('mail_queued', wake, wake).then(wake, () => undefined);
  return {
    close: async () => {
      closing.abort();
      clearInterval(timer);
      await listening;
      await working;
    },
  };
};
