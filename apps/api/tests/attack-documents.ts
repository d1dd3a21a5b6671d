/** What a hostile client sends to make a server work, each as the body of a POST. Shared by tests and the bench. */
export type Attack = readonly [name: string, body: string, headers?: Readonly<Record<string, string>>];

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

const query = (text: string, variables?: unknown): string => JSON.stringify({ query: text, variables });
const nest = (levels: number, open: string, close = '}'): string => `${open.repeat(levels)}${close.repeat(levels)}`;

const RUNS = 'pipelines(first: 100) { nodes { runs(first: 100) { nodes';
const introspect = (levels: number): string => `{ __schema { types ${nest(levels, '{ fields { type ')} } }`;

/** Each says more than the server reads, validates or executes. */
const DOCUMENTS: readonly Attack[] = [
  ['aliases', query(`{ ${times(60, (index) => `a${index}: viewer { principalKind }`)} }`)],
  ['thousands of aliases', query(`{ ${times(4_000, (index) => `a${index}: __typename`)} }`)],
  ['one field a thousand times', query(`{ ${'__typename '.repeat(1_500)} }`)],
  ['one field with parts a thousand times', query(`{ ${'viewer { principalKind } '.repeat(900)} }`)],
  ['fields that double at each level', query(doubling(9))],
  ['directives', query(`{ __typename ${'@skip(if: false) '.repeat(60)} }`)],
  ['unknown directives', query(`{ __typename ${times(1_000, (index) => `@d${index}`)} }`)],
  ['one directive a thousand times', query(`{ __typename ${'@skip(if: true) '.repeat(800)} }`)],
  ['operations', query(times(11, (index) => `query q${index} { __typename }`))],
  ['a thousand operations', query(times(1_000, (index) => `query q${index} { __typename }`))],
  ['tokens', query(`{ ${'a '.repeat(6_000)} }`)],
  ['a megabyte of letters', query(`{ ${'a'.repeat(900_000)} }`)],
  ['a long document of comments', query(`{ __typename } ${'#x\n'.repeat(200_000)}`)],
  ['a long name', query(`{ ${'a'.repeat(10_000)} }`)],
  ['a long argument name', query(`{ tenant(${'a'.repeat(10_000)}: 1) { id } }`)],
  ['a long string', query(`{ tenant(slug: ${JSON.stringify('a'.repeat(300_000))}) { id } }`)],
  ['depth', query(nest(25, '{ tenant(slug: "a") '))],
  ['depth beyond the stack', query(nest(2_400, '{ a '))],
  ['depth in a list', query(`{ nodes(ids: ${nest(2_400, '[', ']')}) { id } }`)],
  ['depth in an object', query(`{ tenant(slug: ${'{a: '.repeat(500)}1${'}'.repeat(500)}) { id } }`)],
  ['depth in a type', query(`query ($v: ${nest(2_400, '[', ']')}) { __typename }`)],
  ['inline fragments in each other', query(`{ ${nest(300, '... { ')} }`)],
  ['cost', query(`{ tenant(slug: "a") { ${RUNS} { id status } } } } } }`)],
  [
    'cost by a variable',
    query(
      `query ($n: Int!) { tenant(slug: "a") { pipelines(first: $n) { nodes { runs(first: $n) { nodes { id status } } } } } }`,
      { n: 100 },
    ),
  ],
  ['cost by the largest number', query('{ tenant(slug: "a") { runs(first: 2147483647) { nodes { id } } } }')],
  [
    'cost by ids',
    query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array.from({ length: 20_000 }, () => 'x') }),
  ],
  [
    'breadth',
    query(
      `{ ${times(49, (index) => `a${index}: tenant(slug: "a") { id slug name viewerRole __typename createdAt a: id b: id c: id d: id e: id }`)} }`,
    ),
  ],
  [
    'fragments that double',
    query(
      `{ ...f0 } ${times(30, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f30 on Query { __typename }`,
    ),
  ],
  [
    'fragments that multiply with fields',
    query(
      `{ viewer { ...f0 } } ${times(20, (index) => `fragment f${index} on Viewer { principalKind ...f${index + 1} ...f${index + 1} ...f${index + 1} }`)} fragment f20 on Viewer { principalKind }`,
    ),
  ],
  ['a fragment in itself', query('{ ...f } fragment f on Query { ...f }')],
  [
    'fragments in a circle',
    query(`{ ...f0 } ${times(50, (index) => `fragment f${index} on Query { ...f${(index + 1) % 50} }`)}`),
  ],
  [
    'fragments that nobody spreads',
    query(`{ __typename } ${times(400, (index) => `fragment f${index} on Query { __typename }`)}`),
  ],
  ['unknown fragments', query(`{ ${times(900, (index) => `...f${index}`)} }`)],
  ['unknown fields to guess', query(`{ ${times(400, (index) => `viewe${index}`)} }`)],
  ['unknown types to guess', query(`{ ${times(300, (index) => `... on Tenan${index} { id }`)} }`)],
  ['unknown arguments to guess', query(`{ tenant(${times(400, (index) => `slu${index}: 1`)}) { id } }`)],
  ['one argument a thousand times', query(`{ tenant(${'slug: "a" '.repeat(1_000)}) { id } }`)],
  ['variables that nobody uses', query(`query (${times(900, (index) => `$v${index}: Int`)}) { __typename }`)],
  [
    'variables that nobody declares',
    query(`{ tenant(slug: "a") { ${times(40, (index) => `a${index}: runs(first: $v${index}) { nodes { id } }`)} } }`),
  ],
  [
    'variables of types to guess',
    query(`query (${times(700, (index) => `$v${index}: Tenan${index}`)}) { __typename }`),
  ],
  ['introspection without an end', query(introspect(6))],
  ['introspection many times', query(`{ ${times(20, (index) => `a${index}: __schema { types { name } }`)} }`)],
  [
    'possible types without an end',
    query('{ __schema { types { possibleTypes { interfaces { possibleTypes { name } } } } } }'),
  ],
  ['a definition of a type', query(times(500, (index) => `type T${index} { a: Int }`))],
];

/** Each is no operation at all, or not one that can be read. */
const BODIES: readonly Attack[] = [
  ['a batch', `[${times(50, () => query('{ __typename }')).replaceAll('} {', '},{')}]`],
  ['no object', '"query"'],
  ['nothing', ''],
  ['null', 'null'],
  ['half of an object', '{"query": "{ __typ'],
  ['no query', '{}'],
  ['a query that is a number', '{"query": 1}'],
  ['a query that is a list', '{"query": ["{ __typename }"]}'],
  ['variables that are a text', '{"query": "{ __typename }", "variables": "x"}'],
  ['variables that are a list', '{"query": "{ __typename }", "variables": [1]}'],
  ['extensions that are a number', '{"query": "{ __typename }", "extensions": 1}'],
  ['an operation that is not there', '{"query": "{ __typename }", "operationName": "nobody"}'],
  ['nesting in the body', `{"query": "{ __typename }", "variables": {"a": ${nest(100_000, '[', ']')}}}`],
  ['nesting that never closes', `{"variables": ${'[{"a":'.repeat(100_000)}`],
  ['half a million values', `{"query": "{ __typename }", "variables": {"a": [${'0,'.repeat(450_000)}0]}}`],
  ['a body that is too large', query('{ __typename }', { a: 'x'.repeat(1_100_000) })],
  ['a document that nobody persisted', '{"documentId": "sha256:00"}'],
  ['a document twice', JSON.stringify({ query: '{ __typename }', documentId: `sha256:${'0'.repeat(64)}` })],
  ['a compressed body', 'x', { 'content-encoding': 'gzip' }],
  ['an empty type', query('{ __typename }'), { 'content-type': '' }],
  ['an unknown type of answer', query('{ __typename }'), { accept: 'image/png' }],
];

/** A path of two fields of one name each, so that validation compares every pair below every pair. */
function doubling(levels: number): string {
  return levels === 0
    ? '{ id }'
    : `{ tenant(slug: "a") ${doubling(levels - 1)} tenant(slug: "a") ${doubling(levels - 1)} }`;
}

export const ATTACKS: readonly Attack[] = [...DOCUMENTS, ...BODIES];
