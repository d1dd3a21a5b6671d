import { PlatformError } from '@ia-modules/plugin-sdk';
import { isCursorSignature, SIGNATURE_BYTES, signCursor } from './cursor-signature.ts';

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;
const MAX_CURSOR_LENGTH = 2_048;

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
  /** What its cursors are bound to besides the list. */
  readonly scope: string;
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

/**
 * Writes a cursor: opaque, signed, and good for one list in one scope, such as a tenant with the filters of the list. The
 * scope itself does not stand in it.
 */
export const encodeCursor = (list: string, key: CursorKey, scope = ''): string => {
  const payload = JSON.stringify(key);
  return Buffer.concat([signCursor({ payload, list, scope }), Buffer.from(payload)]).toString('base64url');
};

/** @throws PlatformError IA_API_INVALID when the cursor is not one of this list in this scope, with this many keys. */
export const decodeCursor = (list: string, cursor: string, keyLength: number, scope = ''): CursorKey => {
  const refuse = () =>
    invalid(
      'This cursor does not belong to this list.',
      'Pass a cursor that the same list returned, with the same filters.',
    );
  const bytes = Buffer.from(cursor.slice(0, MAX_CURSOR_LENGTH), 'base64url');
  const payload = bytes.toString('utf8', SIGNATURE_BYTES);
  if (!isCursorSignature({ signature: bytes.subarray(0, SIGNATURE_BYTES), payload, list, scope })) throw refuse();
  const key = JSON.parse(payload) as CursorKey;
  if (key.length !== keyLength) throw refuse();
  return key;
};

const pageSize = (size: number, name: 'first' | 'last'): number => {
  if (size < 0 || size > MAX_PAGE_SIZE) throw invalid(`\`${name}\` must be between 0 and ${MAX_PAGE_SIZE}.`);
  return size;
};

/**
 * Reads the arguments of a list; `scope` binds its cursors to a tenant, a parent, or filters.
 * @throws PlatformError IA_API_INVALID for sizes out of bounds, both directions at once, or a foreign cursor.
 */
export const parsePage = (list: string, args: PageArguments, keyLength: number, scope = ''): Page => {
  const { first, last, after, before } = args;
  if (typeof first === 'number' && typeof last === 'number') throw invalid('Pass either `first` or `last`, not both.');
  const isBackward = typeof last === 'number';
  return {
    list,
    scope,
    limit: isBackward ? pageSize(last, 'last') : pageSize(first ?? DEFAULT_PAGE_SIZE, 'first'),
    isBackward,
    after: typeof after === 'string' ? decodeCursor(list, after, keyLength, scope) : null,
    before: typeof before === 'string' ? decodeCursor(list, before, keyLength, scope) : null,
  };
};

/** Most clients ask for the nodes alone: a cursor is written when it is asked for. */
class Edge<T> {
  readonly node: T;
  readonly #page: Page;
  readonly #key: CursorKey;

  constructor(node: T, page: Page, key: CursorKey) {
    this.node = node;
    this.#page = page;
    this.#key = key;
  }

  get cursor(): string {
    return encodeCursor(this.#page.list, this.#key, this.#page.scope);
  }
}

/** Builds the connection from at most `limit + 1` rows in reading direction. */
export const toConnection = <T>(page: Page, rows: readonly T[], keyOf: (row: T) => CursorKey): Connection<T> => {
  const hasMore = rows.length > page.limit;
  const kept = rows.slice(0, page.limit);
  if (page.isBackward) kept.reverse();
  const edges = kept.map((node) => new Edge(node, page, keyOf(node)));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.isBackward ? page.before !== null : hasMore,
      hasPreviousPage: page.isBackward ? hasMore : page.after !== null,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
};

/** A connection over what is in memory already: the place in the list is the key, within a scope such as a run's id. */
export const listConnection = <T>(
  { list, scope, items }: Readonly<{ list: string; scope: string; items: readonly T[] }>,
  args: PageArguments,
): Connection<T> => {
  const page = parsePage(list, args, 1, scope);
  const placeOf = (key: CursorKey | null): number | null => (key === null ? null : Number(key[0]));
  const after = placeOf(page.after) ?? -1;
  const before = placeOf(page.before) ?? items.length;
  const rows = items.map((node, place) => ({ node, place })).filter(({ place }) => place > after && place < before);
  if (page.isBackward) rows.reverse();
  const { edges, pageInfo } = toConnection(page, rows.slice(0, page.limit + 1), ({ place }) => [place]);
  return {
    edges: edges.map((edge) => ({
      node: edge.node.node,
      get cursor() {
        return edge.cursor;
      },
    })),
    pageInfo,
  };
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
