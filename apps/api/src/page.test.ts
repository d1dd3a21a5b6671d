import { describe, expect, it } from 'vitest';
import { encodeCursor, keysetSql, MAX_PAGE_SIZE, parsePage, SqlParameters, toConnection } from './page.ts';

const keyset = {
  columns: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'id', type: 'uuid' },
  ],
  order: 'desc',
} as const;

describe('parsePage', () => {
  it('has a default size and reads forward', () => {
    expect(parsePage('runs', {}, 2)).toEqual({
      list: 'runs',
      scope: '',
      limit: 20,
      isBackward: false,
      after: null,
      before: null,
    });
  });

  it.each([
    { first: -1 },
    { first: MAX_PAGE_SIZE + 1 },
    { last: 1_000_000 },
    { first: 1, last: 1 },
    { after: 'garbage' },
    { after: encodeCursor('pipelines', ['a', 'b']) },
    { after: encodeCursor('runs', ['a']) },
    { after: encodeCursor('runs', ['a', 'b'], 'another tenant') },
    { after: `${encodeCursor('runs', ['a', 'b'])}AA` },
    { before: Buffer.from('["runs","a","b"]').toString('base64url') },
  ])('refuses %j', (args) => {
    expect(() => parsePage('runs', args, 2)).toThrow(expect.objectContaining({ code: 'IA_API_INVALID' }));
  });
});

describe('keysetSql', () => {
  it('compares rows and never puts a cursor into the text', () => {
    const parameters = new SqlParameters();
    const page = parsePage('runs', { first: 2, after: encodeCursor('runs', ["x' or true --", 'y']) }, 2);
    expect(keysetSql(keyset, page, parameters)).toEqual({
      where: '(created_at, id) < ($1::timestamptz, $2::uuid)',
      orderAndLimit: 'order by created_at desc, id desc limit 3',
    });
    expect(parameters.values).toEqual(["x' or true --", 'y']);
  });

  it('turns the order around for the last page', () => {
    const page = parsePage('runs', { last: 5 }, 2);
    expect(keysetSql(keyset, page, new SqlParameters())).toEqual({
      where: 'true',
      orderAndLimit: 'order by created_at asc, id asc limit 6',
    });
  });
});

describe('toConnection', () => {
  const keyOf = (row: number) => [row] as const;

  it('knows that there is more from the row beyond the limit', () => {
    const connection = toConnection(parsePage('numbers', { first: 2 }, 1), [1, 2, 3], keyOf);
    expect(connection.edges.map((edge) => edge.node)).toEqual([1, 2]);
    expect(connection.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  it('returns the last rows in the order of the list', () => {
    const connection = toConnection(parsePage('numbers', { last: 2 }, 1), [9, 8, 7], keyOf);
    expect(connection.edges.map((edge) => edge.node)).toEqual([8, 9]);
    expect(connection.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('has no cursors when it is empty', () => {
    expect(toConnection(parsePage('numbers', {}, 1), [], keyOf).pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
    });
  });
});
