export type { SqlBounds, SqlResult, SqlSession, SqlStatement } from './sql-session.ts';
export { createSqlPools, type SqlPools } from './sql-pools.ts';
export { readTarget } from './sql-target.ts';
