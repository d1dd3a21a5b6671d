import { definePlugin } from '@ia-modules/plugin-sdk';
import { databaseExecute } from './database-execute.ts';
import { databaseInsert } from './database-insert.ts';
import { databaseQuery } from './database-query.ts';
import { databaseTransaction } from './database-transaction.ts';
import { databaseValue } from './database-value.ts';
import { recordExists } from './record-exists.ts';
import { databases } from './databases.ts';

/** Its contributions are used as `database.<name>`. */
export const plugin = definePlugin({
  steps: [databaseQuery, databaseExecute, databaseInsert, databaseTransaction],
  conditions: [recordExists, databaseValue],
  shutdown: databases.close,
});
