import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './graphql/schema.ts';

const inApi = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));
const SCHEMA_FILE = inApi('schema.graphql');

const printApiSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

/** From now on, changes are measured against this schema. */
const markReleased = (printed: string): void => {
  writeFileSync(inApi('schema.released.graphql'), printed);
  writeFileSync(inApi('schema-changes.json'), '[]\n');
};

const main = (): void => {
  const printed = printApiSchema();
  if (process.argv.includes('--release')) markReleased(printed);
  if (!process.argv.includes('--check')) {
    writeFileSync(SCHEMA_FILE, printed);
    return;
  }
  if (readFileSync(SCHEMA_FILE, 'utf8') === printed) return;
  process.stderr.write(
    'apps/api/schema.graphql differs from the code. Run: node --conditions=ia-src apps/api/src/print-schema.ts\n',
  );
  process.exitCode = 1;
};

main();
