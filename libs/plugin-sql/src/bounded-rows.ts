import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { SqlBounds } from './sql-session.ts';

export type BoundedRows = {
  readonly rows: JsonObject[];
  /** False when the row is one too many. */
  readonly add: (row: JsonObject) => boolean;
};

/** Takes rows until there are too many of them or they are too large together. */
export const createBoundedRows = ({ maxRows, maxBytes }: SqlBounds): BoundedRows => {
  const rows: JsonObject[] = [];
  let bytes = 0;
  return {
    rows,
    add: (row) => {
      if (rows.length >= maxRows) return false;
      bytes += Buffer.byteLength(JSON.stringify(row));
      if (bytes > maxBytes) return false;
      rows.push(row);
      return true;
    },
  };
};
