import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * When a connection is cut: before the server hears of the commit, in the middle of the message, when the message is sent and
 * nobody waits for what comes of it, or when the server has answered and nobody hears it.
 */
export const CUT_MOMENTS = ['before', 'within', 'during', 'after'] as const;
export type CutMoment = (typeof CUT_MOMENTS)[number];

export type CuttingProxy = {
  /** The database's URL, through the proxy. */
  readonly url: string;
  readonly cuts: Readonly<Record<CutMoment, number>>;
};

type Rules = Readonly<{
  /** Only connections under this name are cut. */
  applicationName: string;
  /** Asked at each commit; undefined lets it pass. */
  momentOf: () => CutMoment | undefined;
}>;

const COMMIT = Buffer.from('commit\0');

/** A TCP proxy in front of a database that cuts connections at their commits. To be called within a test, which closes it. */
export const startCuttingProxy = async (databaseUrl: string, rules: Rules): Promise<CuttingProxy> => {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const cuts = { before: 0, within: 0, during: 0, after: 0 };

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) sockets.add(socket);
    join(client, upstream, { ...rules, onCut: (moment) => (cuts[moment] += 1) });
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: url.toString(), cuts };
};

const join = (
  client: Socket,
  upstream: Socket,
  rules: Rules & { readonly onCut: (moment: CutMoment) => void },
): void => {
  const name = Buffer.from(`application_name\0${rules.applicationName}\0`);
  let isWatched = false;
  let isAnswerCut = false;
  const cut = (): void => {
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) socket.on('error', cut).on('close', cut);

  client.on('data', (data: Buffer) => {
    isWatched ||= data.includes(name);
    const moment = isWatched && data.includes(COMMIT) ? rules.momentOf() : undefined;
    if (moment !== undefined) rules.onCut(moment);
    switch (moment) {
      case 'before':
        cut();
        break;
      case 'within':
        upstream.write(data.subarray(0, data.length - 3), cut);
        break;
      case 'during':
        upstream.write(data, cut);
        break;
      default:
        isAnswerCut = moment === 'after';
        upstream.write(data);
    }
  });
  upstream.on('data', (data: Buffer) => {
    if (isAnswerCut) cut();
    else client.write(data);
  });
};
