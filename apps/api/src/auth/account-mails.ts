import type { MailQueue } from '../mail/mail-queue.ts';

export type AccountMailsInit = { readonly mails: MailQueue; readonly publicPortalUrl: string };

type Asked = { readonly user: { readonly email: string; readonly name: string }; readonly token: string };

/**
 * The mails about an account. What opens it stands behind the # of a link: browsers keep that part from servers, their
 * logs and the pages that one goes to next.
 */
export const createAccountMails = ({ mails, publicPortalUrl }: AccountMailsInit) => {
  const addressed = ({ user }: Asked) => ({ to: user.email, name: user.name });
  return {
    sendVerification: (asked: Asked): Promise<void> =>
      mails.enqueue({
        kind: 'verifyEmail',
        ...addressed(asked),
        url: `${publicPortalUrl}/verify-email#token=${encodeURIComponent(asked.token)}`,
      }),
    sendPasswordReset: (asked: Asked): Promise<void> =>
      mails.enqueue({
        kind: 'resetPassword',
        ...addressed(asked),
        url: `${publicPortalUrl}/reset-password#token=${encodeURIComponent(asked.token)}`,
      }),
  };
};
