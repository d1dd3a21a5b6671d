import type { Path } from '../definition/diagnostic.ts';
import type { Expression } from '../expression/expression.ts';

/** Where an expression stands decides what it can see. */
export type ExpressionPlace = {
  /** The step that it belongs to: those before it can be seen. Null at the end of a run, where all can. */
  readonly step: number | null;
  /** Whether that step's own result is there: after its work, not before. `maybe` after a failure. */
  readonly own: 'hidden' | 'there' | 'maybe';
  /** Whether an item of a mapped step is at hand. */
  readonly hasItem: boolean;
  /** Whether a missing output would do harm: what is only noted down may fail. */
  readonly warnsMissing: boolean;
};

/** One expression with where it stands. */
export type Reading = { readonly expression: Expression; readonly path: Path; readonly place: ExpressionPlace };

/** What is read so far. An expression that does not compile reads something that nobody knows. */
export type Readings = { readonly list: Reading[]; hasUnreadable: boolean };
