import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

export type Listener = {
  /**
   * Listens on a channel; resolves when notifications sent from now on will arrive. While the connection is lost they are
   * missed: `reconnected` is called when it is back, to catch up. Returns how to stop.
   */
  listen(channel: string, handler: (payload: string) => void, reconnected?: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

type Subscription = { readonly handler: (payload: string) => void; readonly reconnected: (() => void) | undefined };

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5000;
const CONNECT_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 15_000;

/** Opens one connection for LISTEN that comes back by itself when it is lost. Connects with the first channel. */
export function createListener(url: string): Listener {
  return new ReconnectingListener(url);
}

class ReconnectingListener implements Listener {
  readonly #url: string;
  readonly #subscriptions = new Map<string, Set<Subscription>>();
  readonly #closing = new AbortController();
  #current: Client | undefined;
  #connection: Promise<Client> | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  /** A connection takes one statement after the other. */
  #sent: Promise<unknown> = Promise.resolve();

  constructor(url: string) {
    this.#url = url;
  }

  async listen(channel: string, handler: (payload: string) => void, reconnected?: () => void) {
    const subscription: Subscription = { handler, reconnected };
    const group = this.#subscriptions.get(channel) ?? new Set();
    this.#subscriptions.set(channel, group.add(subscription));
    await this.#listenNow(channel);
    return async () => {
      group.delete(subscription);
      if (group.size > 0 || this.#subscriptions.get(channel) !== group) return;
      this.#subscriptions.delete(channel);
      const client = this.#current;
      if (client !== undefined) await this.#send(client, `UNLISTEN ${quote(channel)}`).catch(() => {});
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#heartbeat);
    this.#subscriptions.clear();
    const client = this.#current;
    this.#current = undefined;
    await this.#connection?.catch(() => {});
    await client?.end().catch(() => {});
  }

  async #listenNow(channel: string): Promise<void> {
    const client = await this.#connected();
    try {
      await this.#send(client, `LISTEN ${quote(channel)}`);
    } catch {
      // The connection broke meanwhile; the next one listens to every channel before it counts as connected.
      this.#lost(client);
      await this.#connected();
    }
  }

  #send(client: Client, statement: string): Promise<unknown> {
    const sent = this.#sent.then(() => client.query(statement));
    this.#sent = sent.catch(() => undefined);
    return sent;
  }

  #connected(): Promise<Client> {
    this.#connection ??= this.#connectUntilUp();
    return this.#connection;
  }

  async #connectUntilUp(): Promise<Client> {
    for (let attempt = 0; ; attempt += 1) {
      this.#closing.signal.throwIfAborted();
      const client = this.#createClient();
      try {
        await client.connect();
        for (const channel of this.#subscriptions.keys()) await client.query(`LISTEN ${quote(channel)}`);
        this.#closing.signal.throwIfAborted();
        this.#adopt(client);
        return client;
      } catch {
        await client.end().catch(() => {});
        await delay(backoffMs(attempt), undefined, { signal: this.#closing.signal });
      }
    }
  }

  #createClient(): Client {
    const client = new Client({
      connectionString: this.#url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => this.#lost(client));
    client.on('end', () => this.#lost(client));
    client.on('notification', ({ channel, payload }) => {
      for (const subscription of this.#subscriptions.get(channel) ?? []) subscription.handler(payload ?? '');
    });
    return client;
  }

  #adopt(client: Client): void {
    this.#current = client;
    clearInterval(this.#heartbeat);
    // A peer that vanished without a word is noticed by a query alone.
    this.#heartbeat = setInterval(() => {
      this.#send(client, 'select 1').catch(() => this.#lost(client));
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  #lost(client: Client): void {
    if (this.#current !== client) return;
    this.#current = undefined;
    this.#connection = undefined;
    clearInterval(this.#heartbeat);
    client.end().catch(() => {});
    this.#connected().then(
      () => this.#announce(),
      () => {},
    );
  }

  #announce(): void {
    for (const group of this.#subscriptions.values()) {
      for (const subscription of group) subscription.reconnected?.();
    }
  }
}

function backoffMs(attempt: number): number {
  const ceiling = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
  return ceiling / 2 + Math.random() * (ceiling / 2);
}

function quote(channel: string): string {
  return `"${channel.replaceAll('"', '""')}"`;
}
