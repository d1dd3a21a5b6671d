import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { notFound } from '../../platform/api-failure.ts';
import { readWebhookSecret } from '../../config.ts';
import {
  createWebhook,
  deleteWebhook,
  type IssuedWebhook,
  rotateWebhookSecret,
  type Webhook,
  webhookList,
  webhookUrl,
} from '../../platform/documents/trigger-documents.ts';
import { shortId } from '../../platform/global-id.ts';
import { platformCommand, withSession } from '../../platform/platform-command.ts';
import type { PlatformSession } from '../../platform/platform-session.ts';
import { printable } from '../../printable.ts';
import { printedDistance } from '../../printed-time.ts';
import { formatFields, type Table } from '../../table.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandRegistration } from '../registration.ts';
import { addListAndDelete, addStartOptions, readStartOptions, type StartOptions } from './trigger-kind.ts';
import { formatCurl, signCall } from './webhook-call.ts';

type SignOptions = { readonly body: string; readonly secretFile?: string; readonly delivery?: string };

/** `ia-modules webhooks …`: pipelines that start when somebody calls. */
export const addWebhooksCommands = (registration: CommandRegistration): void => {
  const group = registration.program.command('webhooks').description('Start pipelines by signed calls.');
  const kind = { type: 'Webhook', plural: 'webhooks', list: webhookList, remove: deleteWebhook, toTable } as const;
  addListAndDelete(registration, group, kind);
  addStartOptions(platformCommand(group, 'create', 'Make a webhook; its secret is shown this once.')).action(
    withSession<StartOptions>(registration, async (session, options) => {
      const input = await readStartOptions(session, options);
      showSecret(session, await session.api.mutate(createWebhook, { input }));
    }),
  );
  platformCommand(group, 'rotate <id>', 'Give a webhook another secret: the one before is refused from now on.').action(
    withSession<object, [string]>(registration, async (session, _options, [id]) => {
      const input = { id: await session.idOf('Webhook', id) };
      showSecret(session, await session.api.mutate(rotateWebhookSecret, { input }));
    }),
  );
  platformCommand(group, 'sign <webhook>', 'Print the curl command of a signed call: of a webhook’s id or address.')
    .requiredOption('--body <json>', 'what is sent: JSON, or @file')
    .option('--secret-file <file>', 'a file that holds the secret (else IA_WEBHOOK_SECRET)')
    .option('--delivery <key>', 'the same key starts one run, however often it is sent')
    .action(withSession<SignOptions, [string]>(registration, sign));
};

const showSecret = (session: PlatformSession, issued: IssuedWebhook): void => {
  const { webhook, secret } = issued;
  const fields = [
    ['id', shortId(webhook.id)],
    ['url', printable(webhook.url)],
    ['secret', secret],
  ] as const;
  session.print({ json: issued, text: () => formatFields(fields, session.terminal.style) });
};

const sign = async (session: PlatformSession, options: SignOptions, [webhook]: [string]): Promise<void> => {
  const { body, secretFile, delivery = randomUUID() } = options;
  const url = /^https?:\/\//.test(webhook) ? webhook : await findUrl(session, webhook);
  const secret = await readSecret(secretFile);
  const bytes = body.startsWith('@') ? await readBytes(body.slice(1), '--body') : Buffer.from(body);
  const call = signCall({ url, secret, body: bytes, nowMs: Date.now(), delivery });
  session.print({ json: call, text: () => formatCurl(call, body) });
};

const findUrl = async (session: PlatformSession, text: string): Promise<string> => {
  const id = await session.idOf('Webhook', text);
  const { node } = await session.api.query(webhookUrl, { id });
  if (node === null) throw notFound(`There is no webhook ${shortId(id)} that the token may see.`);
  return node.url;
};

const readSecret = async (file: string | undefined): Promise<string> => {
  const secret =
    file === undefined ? readWebhookSecret() : (await readBytes(file, '--secret-file')).toString('utf8').trim();
  if (secret !== undefined && secret !== '') return secret;
  throw new UsageError('Give the secret of the webhook in IA_WEBHOOK_SECRET, or in a file with --secret-file.');
};

const readBytes = async (file: string, name: string): Promise<Buffer> => {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`${name} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const toTable = (found: readonly Webhook[]): Table => {
  const nowMs = Date.now();
  return {
    titles: ['ID', 'NAME', 'PIPELINE', 'ENABLED', 'LAST CALL', 'URL'],
    rows: found.map(({ id, name, pipeline, isEnabled, lastReceivedAt, url }) => [
      shortId(id),
      printable(name),
      printable(pipeline.name),
      isEnabled ? 'yes' : 'no',
      lastReceivedAt === null ? 'never' : printedDistance(lastReceivedAt, nowMs),
      printable(url),
    ]),
  };
};
