import { PlatformError } from '@ia-modules/plugin-sdk';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

export type PageArguments = Readonly<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;

export type CursorKey = readonly (string | number)[];

/** What a list query needs to know: which keys it lies between, from which end, and how many rows. */
export type Page = {
  readonly list: string;
  readonly limit: number;
  readonly isBackward: boolean;
  readonly after: CursorKey | null;
  readonly before: CursorKey | null;
};

export type Connection<T> = {
  readonly edges: { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
};

const invalid = (message: string, hint?: string): PlatformError =>
  new PlatformError({ code: 'IA_API_INVALID', message, hint });

/** Cursors name the list they belong to, so that one of another list is refused instead of misread. */
export const encodeCursor = (list: string, key: CursorKey): string =>
  Buffer.from(JSON.stringify([list, ...key]), 'utf8').toString('base64url');

/** @throws PlatformError IA_API_INVALID when the cursor is not one of this list with this many keys. */
export const decodeCursor = (list: string, cursor: string, keyLength: number): CursorKey => {
  const refuse = () =>
    invalid('This cursor does not belong to this list.', 'Pass a cursor that the same list returned.');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor.slice(0, 2_048), 'base64url').toString('utf8'));
  } catch {
    throw refuse();
  }
  if (!Array.isArray(value) || value[0] !== list || value.length !== keyLength + 1) throw refuse();
  const key: unknown[] = value.slice(1);
  if (!key.every((part) => typeof part === 'string' || Number.isSafeInteger(part))) throw refuse();
  return key as CursorKey;
};

const pageSize = (size: number, name: 'first' | 'last'): number => {
  if (size < 0 || size > MAX_PAGE_SIZE) throw invalid(`\`${name}\` must be between 0 and ${MAX_PAGE_SIZE}.`);
  return size;
};

/** @throws PlatformError IA_API_INVALID for sizes out of bounds, both directions at once, or a foreign cursor. */
export const parsePage = (list: string, args: PageArguments, keyLength: number): Page => {
  const { first, last, after, before } = args;
  if (typeof first === 'number' && typeof last === 'number') throw invalid('Pass either `first` or `last`, not both.');
  const isBackward = typeof last === 'number';
  return {
    list,
    limit: isBackward ? pageSize(last, 'last') : pageSize(first ?? DEFAULT_PAGE_SIZE, 'first'),
    isBackward,
    after: typeof after === 'string' ? decodeCursor(list, after, keyLength) : null,
    before: typeof before === 'string' ? decodeCursor(list, before, keyLength) : null,
  };
};

/** Builds the connection from at most `limit + 1` rows in reading direction. */
export const toConnection = <T>(page: Page, rows: readonly T[], keyOf: (row: T) => CursorKey): Connection<T> => {
  const hasMore = rows.length > page.limit;
  const kept = rows.slice(0, page.limit);
  if (page.isBackward) kept.reverse();
  const edges = kept.map((node) => ({ cursor: encodeCursor(page.list, keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.isBackward ? page.before !== null : hasMore,
      hasPreviousPage: page.isBackward ? hasMore : page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
};

/** A connection over what is in memory already: the place in the list is the key, within a scope such as a run's id. */
export const listConnection = <T>(
  { list, scope, items }: Readonly<{ list: string; scope: string; items: readonly T[] }>,
  args: PageArguments,
): Connection<T> => {
  const page = parsePage(list, args, 2);
  const placeOf = (key: CursorKey | null): number | null => (key === null ? null : Number(key[1]));
  const after = placeOf(page.after) ?? -1;
  const before = placeOf(page.before) ?? items.length;
  const rows = items.map((node, place) => ({ node, place })).filter(({ place }) => place > after && place < before);
  if (page.isBackward) rows.reverse();
  const { edges, pageInfo } = toConnection(page, rows.slice(0, page.limit + 1), ({ place }) => [scope, place]);
  return { edges: edges.map(({ cursor, node }) => ({ cursor, node: node.node })), pageInfo };
};

type KeyColumn = { readonly column: string; readonly type: 'uuid' | 'timestamptz' | 'text' | 'bigint' | 'int' };

export type Keyset = {
  readonly columns: readonly KeyColumn[];
  /** The order that `first` reads in. */
  readonly order: 'asc' | 'desc';
};

/** The parameters of one statement; `add` returns the placeholder. */
export class SqlParameters {
  readonly values: unknown[] = [];

  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** The keyset part of a list query: a row comparison, so that one index scan finds any page in the same time. */
export const keysetSql = (
  keyset: Keyset,
  page: Page,
  parameters: SqlParameters,
): { readonly where: string; readonly orderAndLimit: string } => {
  const columns = keyset.columns.map((key) => key.column).join(', ');
  const tuple = (values: CursorKey): string =>
    keyset.columns.map((key, index) => parameters.add(values[index], key.type)).join(', ');
  const [forward, backward] = keyset.order === 'asc' ? (['>', '<'] as const) : (['<', '>'] as const);
  const conditions = [
    page.after === null ? null : `(${columns}) ${forward} (${tuple(page.after)})`,
    page.before === null ? null : `(${columns}) ${backward} (${tuple(page.before)})`,
  ].filter((condition) => condition !== null);
  const isDescending = (keyset.order === 'desc') !== page.isBackward;
  const order = keyset.columns.map((key) => `${key.column} ${isDescending ? 'desc' : 'asc'}`).join(', ');
  return {
    where: conditions.length === 0 ? 'true' : conditions.join(' and '),
    orderAndLimit: `order by ${order} limit ${page.limit + 1}`,
  };
};
