import type { Permission } from '@ia-modules/database';
import type { PoolClient } from 'pg';
import type { Place } from './place.ts';

export type Placed<T> = {
  readonly place: Place;
  readonly item: T;
  /** What it takes as text, about. */
  readonly bytes: number;
};

/** What stands behind a place, as far as one read goes. */
export type FeedPage<T> = {
  readonly items: readonly Placed<T>[];
  /** Everything up to here is in the page, or does not exist. */
  readonly end: Place;
  /** Whether another read finds more at once. */
  readonly hasMore: boolean;
  /** Whether nothing ever comes behind `end`. */
  readonly isOver: boolean;
  /** Whether there is more that can not be shown before some transaction has ended. */
  readonly isHeldBack: boolean;
};

export type FeedWish = { readonly id: string; readonly after: Place };

/** Where one kind of feed comes from. */
export type FeedSource<T> = {
  readonly name: string;
  /** What a subscriber needs in the tenant. */
  readonly permission: Permission;
  /** Reads many feeds of one tenant, in its transaction, in one statement. What does not exist is not in the answer. */
  readonly read: (client: PoolClient, wishes: readonly FeedWish[]) => Promise<ReadonlyMap<string, FeedPage<T>>>;
  /** Whether an item ends the feed. */
  readonly isLast?: (item: T) => boolean;
  /** Drops what later items of the same page make superfluous. @default keeps all */
  readonly coalesce?: (items: readonly Placed<T>[]) => readonly Placed<T>[];
};

export type FeedKey = { readonly tenantId: string; readonly id: string };
