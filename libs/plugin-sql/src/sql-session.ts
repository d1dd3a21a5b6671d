import type { Json, JsonObject } from '@ia-modules/plugin-sdk';
import type { Knex } from 'knex';

/** One statement as a driver takes it. */
export type SqlStatement = { readonly sql: string; readonly bindings: readonly Json[] };

export type SqlBounds = { readonly maxRows: number; readonly maxBytes: number };

export type SqlResult = {
  readonly rows: readonly JsonObject[];
  readonly columns: readonly string[];
  /** How many rows were written; 0 for those that were only read. */
  readonly affected: number;
  /** Whether rows were left out because of the bounds. */
  readonly hasMore: boolean;
};

/** A transaction on one connection. */
export type SqlSession = {
  readonly kind: 'postgres' | 'sqlite';
  /** Writes a statement in the database's own dialect. */
  readonly build: (write: (knex: Knex) => Knex.QueryBuilder | Knex.Raw) => SqlStatement;
  readonly execute: (statement: SqlStatement, bounds: SqlBounds) => Promise<SqlResult>;
};

export type SessionMode = {
  readonly isReadOnly: boolean;
  readonly timeoutMs: number;
  /** How much a file may grow meanwhile; left out where there is none, or nobody counts. */
  readonly maxGrowthBytes?: number;
};

/** What differs between databases; `C` is the driver's connection. */
export type SqlDriver<C> = {
  readonly begin: (connection: C, mode: SessionMode) => Promise<void>;
  readonly execute: (connection: C, statement: SqlStatement, bounds: SqlBounds) => Promise<SqlResult>;
  readonly end: (connection: C, how: 'commit' | 'rollback') => Promise<void>;
  /** Ends what runs on it, and the connection with it. */
  readonly interrupt: (connection: C) => Promise<void>;
};
