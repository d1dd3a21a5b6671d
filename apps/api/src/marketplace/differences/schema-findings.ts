/** Whether values of a schema are given to a contribution, or come from it. */
export type SchemaUse = 'accepted' | 'returned';

export type SchemaChange = {
  /** To the part of the value: `$.items[].name`; `$` is the whole value. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Whether what fitted before may fail now. */
  readonly isBreaking: boolean;
  readonly message: string;
};

const MAX_FINDINGS = 200;

const ADDED = {
  accepted: { needed: 'It is new, and required.', free: 'It is new, and may be left out.' },
  returned: { needed: 'It is new.', free: 'It is new, and not always there.' },
} as const;
const REMOVED = {
  accepted: { refused: 'It is not accepted any more.', loose: 'The schema does not name it any more.' },
  returned: { refused: 'It is not returned any more.', loose: 'The schema does not promise it any more.' },
} as const;

/** Collects how two schemas differ, up to a bound. */
export const createSchemaFindings = (use: SchemaUse) => {
  const found: SchemaChange[] = [];
  const tell = (change: SchemaChange): void => {
    if (found.length < MAX_FINDINGS) found.push(change);
  };
  return {
    list: (): readonly SchemaChange[] => found,
    /** Findings about the value at a path. */
    at: (path: string) => ({
      use,
      added: (isNeeded: boolean): void =>
        tell({
          path,
          change: 'added',
          isBreaking: use === 'accepted' && isNeeded,
          message: ADDED[use][isNeeded ? 'needed' : 'free'],
        }),
      removed: (isRefused: boolean): void =>
        tell({
          path,
          change: 'removed',
          isBreaking: use === 'returned' || isRefused,
          message: REMOVED[use][isRefused ? 'refused' : 'loose'],
        }),
      /** Fewer values fit. */
      narrowed: (message: string): void => tell({ path, change: 'changed', isBreaking: use === 'accepted', message }),
      /** More values fit. */
      widened: (message: string): void => tell({ path, change: 'changed', isBreaking: use === 'returned', message }),
      /** Other values fit: some that did not, and some that did no more. */
      shifted: (message: string): void => tell({ path, change: 'changed', isBreaking: true, message }),
      /** The same values fit. */
      noted: (message: string): void => tell({ path, change: 'changed', isBreaking: false, message }),
    }),
  };
};
