import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../src/platform/documents/', import.meta.url));
const SCHEMA = fileURLToPath(new URL('../../api/schema.graphql', import.meta.url));

const schema = buildSchema(readFileSync(SCHEMA, 'utf8'));

const files = globSync('*-documents.ts', { cwd: FOLDER }).toSorted();
const documents = (
  await Promise.all(
    files.map(async (file) => Object.entries((await import(`${FOLDER}${file}`)) as Record<string, unknown>)),
  )
)
  .flat()
  .flatMap(([name, operation]) =>
    typeof operation === 'object' && operation !== null && 'document' in operation
      ? [{ name, text: String(operation.document) }]
      : [],
  );

it('finds the documents', () => {
  expect(documents.length).toBeGreaterThan(5);
});

it.each(documents)('$name fits the schema of the API', ({ text }) => {
  expect(validate(schema, parse(text)).map(({ message }) => message)).toEqual([]);
});
