import type { Listener } from '@ia-modules/database';
import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { FeedKey, FeedPage, FeedSource, FeedWish } from './feed-source.ts';
import { Topic } from './topic.ts';

export type HubOptions = {
  /** Whose connections send queries without waiting for answers. */
  readonly pool: Pool;
  readonly listener: Listener;
  readonly logger: Logger;
};

/** Reads that are under way at the same moment; each is of one tenant and takes a connection. */
export const MAX_READS = 3;
const MAX_FEEDS_PER_READ = 500;
const MAX_KEPT_BYTES = 64 * 1_024 * 1_024;
/** When to look again for what a transaction holds back; less and less often while it goes on. */
const HELD_BACK_MS = 20;
const READS_PER_PACE = 5;
const SLOWEST_PACE = 5;
const RETRY_MS = 500;

type AnyTopic = Topic<unknown>;

/**
 * Reads what subscribers of this process wait for, once for all of them: a notification says that a feed has grown, and the
 * feeds of a tenant that grew meanwhile are read together. Who may see what is each subscriber's own check.
 */
export class LiveHub {
  readonly #options: HubOptions;
  readonly #topics = new Map<string, AnyTopic>();
  /** What grew, by tenant. */
  readonly #grown = new Map<string, Set<AnyTopic>>();
  /** Tenants with something to read, in turn, and those that are being read. */
  readonly #turns = new Set<string>();
  readonly #reading = new Set<string>();
  /** What is woken in a moment: once, however many ask for it. */
  readonly #timers = new Map<AnyTopic, NodeJS.Timeout>();
  #keptBytes = 0;
  #isClosed = false;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Starts to listen; what was committed before the connection was there, or while it was down, told nobody. */
  listen(): void {
    const wakeAll = (): void => {
      for (const topic of this.#topics.values()) this.wake(topic);
    };
    const channels: Readonly<Record<string, (payload: string) => void>> = {
      run_events: (payload) => {
        const [, runId = '', seq] = payload.split(':');
        this.#announce(`runEvents:${runId}`, Number(seq));
        this.#announce(`runLogs:${runId}`);
      },
      run_logs: (payload) => {
        const [, runId = '', seq] = payload.split(':');
        this.#announce(`runLogs:${runId}`, Number(seq));
      },
      tenant_changes: (tenantId) => {
        this.#announce(`tenantRuns:${tenantId}`);
        this.#announce(`approvals:${tenantId}`);
      },
    };
    for (const [channel, handle] of Object.entries(channels)) {
      // A listener that is closed before it ever connected tells nothing.
      this.#options.listener.listen(channel, handle, wakeAll).then(wakeAll, () => undefined);
    }
  }

  /** What `topic` is told from here on is not missed. Whoever joins must leave. */
  join<T>(source: FeedSource<T>, key: FeedKey): Topic<T> {
    const name = `${source.name}:${key.id}`;
    const topic = (this.#topics.get(name) as Topic<T> | undefined) ?? new Topic(source, key, this.#noteKept);
    this.#topics.set(name, topic as AnyTopic);
    topic.members += 1;
    return topic;
  }

  leave<T>(topic: Topic<T>): void {
    topic.members -= 1;
    if (topic.members > 0) return;
    topic.forgetKept();
    this.#topics.delete(`${topic.source.name}:${topic.key.id}`);
  }

  /** The feed may have grown. */
  wake<T>(topic: Topic<T>): void {
    if (topic.head === null) {
      topic.isAnnounced = true;
      return;
    }
    const { tenantId } = topic.key;
    const grown = this.#grown.get(tenantId);
    if (grown === undefined) this.#grown.set(tenantId, new Set([topic as AnyTopic]));
    else grown.add(topic as AnyTopic);
    if (!this.#reading.has(tenantId)) this.#turns.add(tenantId);
    this.#readNext();
  }

  /** As {@link wake}, in a moment. */
  wakeSoon<T>(topic: Topic<T>, delayMs = untilNextLook(topic)): void {
    const key = topic as AnyTopic;
    if (this.#isClosed || this.#timers.has(key)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      if (topic.members > 0) this.wake(topic);
    }, delayMs);
    this.#timers.set(key, timer.unref());
  }

  /** Ends all waits; subscribers find nothing more. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#grown.clear();
  }

  #announce(name: string, seq = Number.POSITIVE_INFINITY): void {
    const topic = this.#topics.get(name);
    if (topic === undefined || topic.isOver) return;
    if (topic.head === null || topic.head[0] < seq) this.wake(topic);
  }

  #readNext(): void {
    for (const tenantId of this.#turns) {
      if (this.#reading.size >= MAX_READS || this.#isClosed) return;
      this.#turns.delete(tenantId);
      this.#reading.add(tenantId);
      void this.#read(tenantId, this.#takeGrown(tenantId)).finally(() => {
        this.#reading.delete(tenantId);
        if (this.#grown.has(tenantId)) this.#turns.add(tenantId);
        this.#readNext();
      });
    }
  }

  #takeGrown(tenantId: string): readonly AnyTopic[] {
    const grown = this.#grown.get(tenantId) ?? new Set();
    const taken = [...grown].slice(0, MAX_FEEDS_PER_READ);
    for (const topic of taken) grown.delete(topic);
    if (grown.size === 0) this.#grown.delete(tenantId);
    return taken.filter(({ members }) => members > 0);
  }

  /** One round trip until subscribers have what is new; the end of the transaction is not waited for by them. */
  async #read(tenantId: string, topics: readonly AnyTopic[]): Promise<void> {
    if (topics.length === 0) return;
    try {
      await withPipeline(this.#options.pool, async (client) => {
        const begun = [client.query('begin'), client.query("select set_config('app.tenant_id', $1, true)", [tenantId])];
        const groups = [...Map.groupBy(topics, (topic) => topic.source)];
        const reads = groups.map(async ([source, group]) => {
          const pages = await source.read(client, group.flatMap(toWish));
          for (const topic of group) this.#extend(topic, pages.get(topic.key.id));
        });
        await Promise.all([...begun, ...reads]);
        await client.query('commit');
      });
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'what subscribers wait for can not be read; trying again');
      for (const topic of topics) this.wakeSoon(topic, RETRY_MS);
    }
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#forgetSome();
  }

  #extend(topic: AnyTopic, page: FeedPage<unknown> | undefined): void {
    // Of what is gone nothing comes any more; whoever waits for it does until the access to the tenant is gone too.
    if (page === undefined) return;
    topic.extend(page);
    if (page.hasMore) this.wake(topic);
    else if (page.isHeldBack) this.wakeSoon(topic);
  }

  readonly #noteKept = (bytes: number): void => {
    this.#keptBytes += bytes;
  };

  #forgetSome(): void {
    for (const topic of this.#topics.values()) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) return;
      topic.forgetKept();
    }
  }
}

const untilNextLook = <T>({ heldBackReads }: Topic<T>): number =>
  HELD_BACK_MS * 2 ** Math.min(SLOWEST_PACE, Math.floor(heldBackReads / READS_PER_PACE));

const toWish = ({ key, head }: AnyTopic): readonly FeedWish[] => (head === null ? [] : [{ id: key.id, after: head }]);

/** A connection on which something went wrong may be within a transaction of a tenant: it is not used again. */
const withPipeline = async (pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> => {
  const client = await pool.connect();
  try {
    await work(client);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
};
