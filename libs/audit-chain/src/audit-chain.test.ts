import { expect, test } from 'vitest';
import { type AuditBreak, AuditChain, type ChainedEntry } from './audit-chain.ts';
import { FIRST_HASH, hashAuditContent } from './audit-hash.ts';

/** A whole chain of entries, the first of them in the older format. */
const chainOf = (count: number): ChainedEntry[] => {
  const entries: ChainedEntry[] = [];
  for (let index = 1; index <= count; index += 1) {
    const content = {
      tenantId: '11111111-1111-4111-8111-111111111111',
      seq: BigInt(index),
      at: `2026-01-01T00:00:0${index}.000Z`,
      actor: { kind: 'user', userId: 'u1' },
      action: 'pipeline.update',
      target: 'pipeline:1',
      details: { index },
      previousHash: entries.at(-1)?.hash ?? FIRST_HASH,
      origin: index === 1 ? null : { address: '127.0.0.1' },
      format: index === 1 ? 1 : 2,
    };
    entries.push({ ...content, hash: hashAuditContent(content) });
  }
  return entries;
};

const check = (entries: readonly ChainedEntry[], head?: ChainedEntry): AuditBreak | null => {
  const chain = new AuditChain();
  for (const entry of entries) {
    const broken = chain.add(entry);
    if (broken !== null) return broken;
  }
  return head === undefined ? null : chain.end(head);
};

const WHOLE = chainOf(5);
const [one, two, three, four, five] = WHOLE as [ChainedEntry, ChainedEntry, ChainedEntry, ChainedEntry, ChainedEntry];
const rehash = (entry: ChainedEntry): ChainedEntry => ({ ...entry, hash: hashAuditContent(entry) });

test('a whole chain holds, also from its middle', () => {
  expect(check(WHOLE, five)).toBeNull();
  const rest = new AuditChain(two);
  expect([three, four, five].map((entry) => rest.add(entry))).toEqual([null, null, null]);
  expect([rest.entries, rest.lastSeq, rest.lastHash]).toEqual([3, 5n, five.hash]);
});

test.each<[string, readonly ChainedEntry[], AuditBreak]>([
  ['changed', [one, { ...two, action: 'x' }, three], { brokenAtSeq: 2n, reason: 'content' }],
  ['changed and hashed again', [one, rehash({ ...two, action: 'x' }), three], { brokenAtSeq: 3n, reason: 'chain' }],
  ['dropped in the middle', [one, three, four], { brokenAtSeq: 2n, reason: 'gap' }],
  ['dropped at the beginning', [two, three], { brokenAtSeq: 1n, reason: 'gap' }],
  ['dropped at the end', [one, two, three, four], { brokenAtSeq: 5n, reason: 'end' }],
  ['reordered', [one, three, two, four], { brokenAtSeq: 2n, reason: 'gap' }],
  ['repeated', [one, two, two, three], { brokenAtSeq: 2n, reason: 'order' }],
  [
    'inserted, the others counted up',
    [one, rehash({ ...two, action: 'x' }), { ...two, seq: 3n }],
    { brokenAtSeq: 3n, reason: 'chain' },
  ],
  ['of a later format', [rehash({ ...one, format: 3 })], { brokenAtSeq: 1n, reason: 'content' }],
  ['moved to another origin', [one, { ...two, origin: null }], { brokenAtSeq: 2n, reason: 'content' }],
])('an entry that was %s is found', (_name, entries, broken) => {
  expect(check(entries, five)).toEqual(broken);
});

test('entries behind the end are found', () => {
  expect(check(WHOLE, four)).toEqual({ brokenAtSeq: 5n, reason: 'end' });
});
