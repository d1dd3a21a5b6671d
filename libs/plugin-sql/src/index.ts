export { connectionFields, tableName } from './connection-fields.ts';
export { createDatabases, type Databases } from './databases.ts';
export type { SqlResult, SqlSession, SqlStatement } from './sql-session.ts';
