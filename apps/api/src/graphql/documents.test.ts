import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDocuments } from './documents.ts';

const schema = buildSchema('type Query { sum(of: [Int!]): Int }');

/** Short, and of so many parts that it takes much memory once it is parsed. */
const documentOf = (index: number): string => `{ sum(of: [${'1 '.repeat(4_900)}${index}]) }`;

describe('documents that are known', () => {
  it('are not read again', () => {
    const documents = createDocuments(schema, { isIntrospectionEnabled: true });
    const first = documents.find('{ sum }', null);
    expect(documents.find('{ sum }', null) === first).toBe(true);
  });

  it('are forgotten by what they take in memory, not by their length', () => {
    const documents = createDocuments(schema, { isIntrospectionEnabled: true });
    const first = documents.find(documentOf(0), null);
    for (let index = 1; index <= 60; index += 1) documents.find(documentOf(index), null);
    expect(documents.find(documentOf(0), null) === first).toBe(false);
  });
});
