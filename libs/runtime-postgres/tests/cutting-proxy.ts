import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type CuttingProxy = {
  /** The database's URL, through the proxy. */
  readonly url: string;
  readonly cuts: number;
  /** Cuts the connection that next sends `commit`: before the server sees it, or after, so that only the answer is lost. */
  cutAtNextCommit(moment: 'before' | 'after'): void;
  /** Lets nothing through any more, and closes nothing either. */
  freeze(): void;
  close(): Promise<void>;
};

const COMMIT = Buffer.from('commit\0');

/** A TCP proxy in front of a database that can cut a connection at a chosen moment. */
export const startCuttingProxy = async (databaseUrl: string): Promise<CuttingProxy> => {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let armed: 'before' | 'after' | undefined;
  let cuts = 0;
  let isFrozen = false;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true });
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    let isAnswerCut = false;
    client.on('end', () => isFrozen || cut());
    upstream.on('end', () => isFrozen || cut());
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', cut);
    }
    client.on('data', (data: Buffer) => {
      if (isFrozen) return;
      const moment = data.includes(COMMIT) ? armed : undefined;
      if (moment !== undefined) {
        armed = undefined;
        cuts += 1;
      }
      if (moment === 'before') cut();
      else {
        isAnswerCut = moment === 'after';
        upstream.write(data);
      }
    });
    upstream.on('data', (data) => {
      if (isAnswerCut) cut();
      else client.write(data);
    });
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.toString(),
    get cuts() {
      return cuts;
    },
    cutAtNextCommit: (moment) => {
      armed = moment;
    },
    freeze: () => {
      isFrozen = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
