/** A request that is meant to cost the server more than its sender. */
export type HostileRequest = { readonly name: string; readonly body: string };

const query = (name: string, text: string, variables: unknown = {}): HostileRequest => ({
  name,
  body: JSON.stringify({ query: text, variables }),
});

const many = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

const nested = (levels: number, open: string, close: string, core: string): string =>
  open.repeat(levels) + core + close.repeat(levels);

const TENANTS = 'viewer { tenants { tenant { ';

export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  query('10,000 aliases', `{ ${many(10_000, (index) => `a${index}: viewer { principalKind }`)} }`),
  query('the same field 20,000 times', `{ ${many(20_000, () => '__typename')} }`),
  query('5,000 levels', `{ ${nested(5_000, 'viewer {', '}', ' principalKind ')} }`),
  query('5,000 directives', `{ __typename ${many(5_000, () => '@include(if: true)')} }`),
  query(
    '1,000 operations',
    many(1_000, (index) => `query q${index} { __typename }`),
  ),
  query(
    'fragments that double twenty times',
    `{ ...f0 } ${many(20, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f20 on Query { __typename }`,
  ),
  query('a circle of fragments', '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'),
  query(
    'fields that may conflict in pairs',
    `{ ${many(1_500, (index) => `viewer { principalKind x${index % 3}: principalKind }`)} }`,
  ),
  query(
    'fragments that may conflict in pairs',
    `{ ${many(200, (index) => `...f${index}`)} } ${many(200, (index) => `fragment f${index} on Query { viewer { a: principalKind } }`)}`,
  ),
  query(
    'lists in lists in lists',
    `{ ${TENANTS} pipelines(first: 100) { nodes { runs(first: 100) { nodes { events(first: 100) { nodes { seq } } } } } } } } } }`,
  ),
  query('introspection in circles', `{ __schema { types { ${nested(8, 'fields { type { ', '} }', 'name')} } } }`),
  query('a literal of 4,000 levels', `{ node(id: ${nested(4_000, '[', ']', '"x"')}) { id } }`),
  query('a string of 900,000 characters', `{ node(id: "${'x'.repeat(900_000)}") { id } }`),
  query('an unknown field of 100,000 characters', `{ ${'x'.repeat(100_000)} }`),
  query('3,000 unknown fields', `{ ${many(3_000, (index) => `unknown${index}`)} }`),
  query('30,000 variables', `query (${many(1_500, (index) => `$v${index}: ID`)}) { __typename }`, {}),
  query('a variable of 50,000 elements', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: Array.from({ length: 50_000 }, (_, index) => String(index)),
  }),
  query('a variable of 20,000 levels', 'query ($v: JSON) { __typename }', null),
  {
    name: 'a batch of 1,000',
    body: JSON.stringify(Array.from({ length: 1_000 }, () => ({ query: '{ __typename }' }))),
  },
  { name: 'JSON of 100,000 levels', body: nested(100_000, '[', ']', '') },
  { name: 'a body of two million bytes', body: JSON.stringify({ query: ' '.repeat(2_000_000) }) },
  { name: 'no JSON at all', body: '{'.repeat(10_000) },
];
