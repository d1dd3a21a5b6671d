declare module 'pg-cursor' {
  import type { CustomTypesConfig, QueryResult, Submittable } from 'pg';

  export default class Cursor implements Submittable {
    constructor(text: string, values: readonly unknown[], config: { readonly types: CustomTypesConfig });
    submit: Submittable['submit'];
    read(
      maxRows: number,
      callback: (error: Error | null | undefined, rows: Record<string, unknown>[], result: QueryResult) => void,
    ): void;
    close(callback: () => void): void;
  }
}

declare module 'knex/lib/dialects/postgres/index.js' {
  import { Knex } from 'knex';

  export default class PostgresDialect extends Knex.Client {}
}

declare module 'knex/lib/dialects/sqlite3/index.js' {
  import { Knex } from 'knex';

  export default class SqliteDialect extends Knex.Client {}
}
