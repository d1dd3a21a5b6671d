import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { formatRehearsal } from '../src/plugin/platform/format-rehearsal.ts';
import * as documents from '../src/plugin/platform/rehearsal-documents.ts';

const schema = buildSchema(readFileSync(new URL('../../api/schema.graphql', import.meta.url), 'utf8'));

test.each(Object.entries(documents))('%s fits the schema of the API', (_name, { document }) => {
  expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
});

const REHEARSAL: documents.Rehearsal = {
  id: 'id',
  pluginName: '@community/orders',
  toVersion: '2.0.0',
  fromVersions: ['1.0.0'],
  status: 'succeeded',
  progress: 1,
  sampleCount: 2,
  error: null,
  counts: { same: 1, different: 1, newError: 0, curedError: 0, schemaRefused: 0, notComparable: 0 },
};

const sampleOf = (more: Partial<documents.RehearsalSample>): documents.RehearsalSample => ({
  stepId: 'price',
  part: null,
  attempt: 1,
  contribution: 'total',
  fromVersion: '1.0.0',
  verdict: 'SAME',
  reason: null,
  differenceCount: 0,
  run: null,
  input: {},
  recorded: null,
  before: null,
  after: null,
  differences: [],
  ...more,
});

test('each sample has its line, what differs its place, and the whole its sum', () => {
  const differences = [
    { path: '/total', kind: 'CHANGED' as const, before: 4, after: 6, message: null },
    { path: '', kind: 'REFUSED' as const, before: null, after: null, message: 'must be\u001b[31m integer' },
  ];
  const text = formatRehearsal(
    REHEARSAL,
    [sampleOf({}), sampleOf({ verdict: 'DIFFERENT', differences, differenceCount: 7 })],
    (_style, shown) => shown,
  );
  expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
    '@community/orders  1.0.0 → 2.0.0',
    '#  VERDICT    RUN  STEP   CALLED  WHY',
    '1  same            price  total',
    '2  different       price  total   7 differences',
    '',
    '#2',
    '  ~ /total: 4 → 6',
    '  ! (whole): must be integer',
    '  and 5 more',
    '',
    '1 same, 1 different',
    '',
  ]);
});
