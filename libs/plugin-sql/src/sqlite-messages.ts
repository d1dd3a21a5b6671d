/** What goes between this process and the one that holds a SQLite file. */
export type SqliteValue = string | number | bigint | null | Uint8Array;

export type SqliteRequest =
  | { readonly id: number; readonly type: 'open'; readonly path: string }
  | { readonly id: number; readonly type: 'begin'; readonly isReadOnly: boolean; readonly maxGrowthBytes: number }
  | { readonly id: number; readonly type: 'end'; readonly how: 'commit' | 'rollback' }
  | {
      readonly id: number;
      readonly type: 'execute';
      readonly sql: string;
      readonly bindings: readonly SqliteValue[];
      readonly maxRows: number;
      readonly maxBytes: number;
    };

export type SqliteOutcome = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqliteValue[])[];
  readonly affected: number;
  readonly hasMore: boolean;
};

export type SqliteReply =
  | { readonly id: number; readonly outcome: SqliteOutcome | null }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: number } };
