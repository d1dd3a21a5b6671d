import type { Principal } from '@ia-modules/database';
import { PlatformError } from '@ia-modules/plugin-sdk';
import { notFound, requireAccess } from '../access.ts';
import type { ApiContext } from '../context.ts';
import type { AccessTicket } from './access-watch.ts';
import type { FeedKey, FeedPage, FeedSource, Placed } from './feed-source.ts';
import { laterPlace, type Place } from './place.ts';
import type { Topic } from './topic.ts';

export type FeedRequest<T> = {
  readonly context: ApiContext;
  readonly source: FeedSource<T>;
  readonly key: FeedKey;
  readonly after: Place;
  /** @default every item */
  readonly isWanted?: (item: T) => boolean;
};

/**
 * The items of a feed behind a place: stored ones first, then live, in order, once each, until the feed is over. Nothing is
 * read ahead: an item leaves memory when the subscriber comes for it. Ending the iteration also ends a wait for the next
 * item at once. Whoever opens it must iterate or end it.
 * @throws PlatformError when the subscriber may not, or there is no such feed; from the iteration once that has changed
 */
export const openFeed = async <T>(request: FeedRequest<T>): Promise<AsyncIterableIterator<T>> => {
  const stopped = new AbortController();
  const feed = new Feed(request, stopped.signal);
  const first = await feed.open();
  const items = feed.items(first);
  let hasBegun = false;
  const feedItems: AsyncIterableIterator<T> = {
    next: () => {
      hasBegun = true;
      return items.next();
    },
    return: () => {
      stopped.abort();
      if (!hasBegun) feed.close();
      return items.return();
    },
    [Symbol.asyncIterator]: () => feedItems,
  };
  return feedItems;
};

type Items<T> = readonly Placed<T>[];

class Feed<T> {
  readonly #request: FeedRequest<T>;
  readonly #signal: AbortSignal;
  readonly #topic: Topic<T>;
  #ticket: AccessTicket | undefined;
  #leavePlace: (() => void) | undefined;
  #place: Place;

  constructor(request: FeedRequest<T>, stopped: AbortSignal) {
    const { context, source, key } = request;
    this.#request = request;
    this.#place = request.after;
    this.#signal = AbortSignal.any([stopped, context.signal]);
    // Before the first read, so that nothing falls between what is stored and what comes live.
    this.#topic = context.services.live.hub.join(source, key);
  }

  async open(): Promise<Items<T>> {
    const { context } = this.#request;
    try {
      this.#ticket = await context.services.live.access.watch(context.credential, () => this.#topic.wakeAll());
      this.#leavePlace = this.#takePlace();
      return await this.#catchUp();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#leavePlace?.();
    this.#ticket?.release();
    this.#request.context.services.live.hub.leave(this.#topic);
  }

  async *items(first: Items<T>): AsyncGenerator<T, void> {
    const { source, isWanted = () => true } = this.#request;
    try {
      for (let items = first; !this.#signal.aborted; items = await this.#nextItems()) {
        for (const { place, item } of this.#coalesce(items)) {
          this.#place = place;
          if (!isWanted(item)) continue;
          this.#requireAccess();
          yield item;
          if (source.isLast?.(item) === true) return;
        }
        if (this.#topic.itemsAfter(this.#place)?.length === 0) {
          if (this.#topic.isOver) return;
          await this.#topic.wait(this.#signal);
          this.#requireAccess();
        }
      }
    } finally {
      this.close();
    }
  }

  #coalesce(items: Items<T>): Items<T> {
    const { coalesce } = this.#request.source;
    return coalesce === undefined || items.length < 2 ? items : coalesce(items);
  }

  #requireAccess(): Principal {
    const { source, key } = this.#request;
    return requireAccess(this.#ticket?.principal ?? null, key.tenantId, source.permission);
  }

  #takePlace(): () => void {
    const leave = this.#request.context.services.live.admit(this.#requireAccess());
    if (leave !== null) return leave;
    throw new PlatformError({
      code: 'IA_API_LIMIT',
      message: 'There are too many subscriptions of this caller.',
      hint: 'End some of them first, or share one between those who watch the same.',
    });
  }

  async #nextItems(): Promise<Items<T>> {
    return this.#topic.itemsAfter(this.#place) ?? (await this.#catchUp());
  }

  async #catchUp(): Promise<Items<T>> {
    const page = await this.#readPage();
    if (!page.hasMore) this.#joinLive(page);
    if (page.items.length === 0) this.#place = laterPlace(this.#place, page.end);
    return page.items;
  }

  async #readPage(): Promise<FeedPage<T>> {
    const { context, source, key } = this.#request;
    const wish = { id: key.id, after: this.#place };
    await context.refreshPrincipal();
    const pages = await context.session.read(key.tenantId, source.permission, (client) => source.read(client, [wish]));
    await context.session.close();
    const page = pages.get(key.id);
    if (page === undefined) throw notFound();
    return page;
  }

  #joinLive({ end, isOver, isHeldBack }: FeedPage<T>): void {
    const topic = this.#topic;
    const { hub } = this.#request.context.services.live;
    topic.reach(end, isOver);
    if (topic.isAnnounced) {
      topic.isAnnounced = false;
      hub.wake(topic);
    }
    if (isOver && !topic.isOver) hub.wake(topic);
    if (isHeldBack) hub.wakeSoon(topic);
  }
}
