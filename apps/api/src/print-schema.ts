import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './graphql/schema.ts';

const SCHEMA_FILE = fileURLToPath(new URL('../schema.graphql', import.meta.url));

const printApiSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

const main = (): void => {
  const printed = printApiSchema();
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
