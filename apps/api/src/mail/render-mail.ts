import { tenantNodeId } from '../global-id.ts';
import type { Mail } from './mail.ts';

export type RenderedMail = { readonly subject: string; readonly text: string; readonly html: string };

type Letter = {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly action: { readonly label: string; readonly url: string };
  readonly footer: string;
};

/** What people call themselves and their tenants stands in one line, whatever they wrote. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const shownTime = (isoTime: string): string => `${new Date(isoTime).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

type ApprovalMail = Extract<Mail, { kind: 'approvalRequested' | 'approvalEscalated' }>;

const approvalLetter = (mail: ApprovalMail, portalUrl: string): Letter => {
  const pipeline = oneLine(mail.pipelineName);
  const run = tenantNodeId('Run', { tenantId: mail.tenantId, id: mail.runId });
  const isEscalated = mail.kind === 'approvalEscalated';
  return {
    subject: isEscalated ? `Escalated to you: approval of ${pipeline}` : `Approval asked: ${pipeline}`,
    paragraphs: [
      `Hello ${oneLine(mail.name)},`,
      isEscalated
        ? `nobody has decided the step "${oneLine(mail.stepId)}" of ${pipeline} in ${oneLine(mail.tenantName)} so far. Now it is up to you.`
        : `a run of ${pipeline} in ${oneLine(mail.tenantName)} waits at the step "${oneLine(mail.stepId)}" for your decision.`,
      ...(mail.deadlineAt === null ? [] : [`It waits until ${shownTime(mail.deadlineAt)}.`]),
    ],
    action: { label: 'Open the run', url: `${portalUrl}/t/${encodeURIComponent(mail.tenantSlug)}/runs/${run}` },
    footer: 'You get this mail because the run asks you as a member of the tenant.',
  };
};

const takedownLetter = (mail: Extract<Mail, { kind: 'pluginTakenDown' }>, portalUrl: string): Letter => {
  const subject = `${oneLine(mail.pluginName)}${mail.version === null ? '' : `@${oneLine(mail.version)}`}`;
  return {
    subject: `Taken down: ${subject}`,
    paragraphs: [
      `Hello ${oneLine(mail.name)},`,
      `the operator of the platform has taken down ${subject} of ${oneLine(mail.tenantName)}: nobody can install it any more, and nothing new starts with it.`,
      `The reason: ${oneLine(mail.reason)}`,
      'Your tenant may appeal once; the operator answers.',
    ],
    action: { label: 'Open the tenant', url: `${portalUrl}/t/${encodeURIComponent(mail.tenantSlug)}` },
    footer: 'You get this mail because you own the tenant that publishes the plugin.',
  };
};

const letterOf = (mail: Mail, portalUrl: string): Letter => {
  switch (mail.kind) {
    case 'verifyEmail':
      return {
        subject: 'Confirm your e-mail address',
        paragraphs: [`Hello ${oneLine(mail.name)},`, 'please confirm that this address is yours.'],
        action: { label: 'Confirm the address', url: mail.url },
        footer: 'If you did not make an account with this address, do nothing: it stays unconfirmed.',
      };
    case 'resetPassword':
      return {
        subject: 'Choose a new password',
        paragraphs: [
          `Hello ${oneLine(mail.name)},`,
          'somebody asked for a new password for your account. The link works once, for an hour. With the new password everyone who is signed in to the account is signed out.',
        ],
        action: { label: 'Choose a new password', url: mail.url },
        footer: 'If it was not you, do nothing: your password stays as it is.',
      };
    case 'invitation':
      return {
        subject: `${oneLine(mail.inviterName)} invites you to ${oneLine(mail.tenantName)}`,
        paragraphs: [
          'Hello,',
          `${oneLine(mail.inviterName)} invites you to ${oneLine(mail.tenantName)}, with the role ${mail.role}.`,
          `The invitation is for this address alone and ends at ${shownTime(mail.expiresAt)}.`,
        ],
        action: { label: 'Answer the invitation', url: mail.url },
        footer: 'If you do not know who that is, do nothing: the invitation ends by itself.',
      };
    case 'pluginTakenDown':
      return takedownLetter(mail, portalUrl);
    default:
      return approvalLetter(mail, portalUrl);
  }
};

const toText = ({ paragraphs, action, footer }: Letter): string =>
  [...paragraphs, `${action.label}:\n${action.url}`, `-- \n${footer}`].join('\n\n');

const toHtml = ({ paragraphs, action, footer }: Letter): string =>
  [
    '<!doctype html><html><body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#1c1c1c">',
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    `<p><a href="${escapeHtml(action.url)}">${escapeHtml(action.label)}</a></p>`,
    `<p style="color:#666;font-size:13px">${escapeHtml(action.url)}</p>`,
    `<p style="color:#666;font-size:13px">${escapeHtml(footer)}</p>`,
    '</body></html>',
  ].join('\n');

/** Writes a mail out, as plain text and as HTML in which nothing of what people wrote is markup. */
export const renderMail = (mail: Mail, portalUrl: string): RenderedMail => {
  const letter = letterOf(mail, portalUrl);
  return { subject: letter.subject, text: toText(letter), html: toHtml(letter) };
};
