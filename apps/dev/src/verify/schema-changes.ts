import { buildSchema, DangerousChangeType, findBreakingChanges, findDangerousChanges } from 'graphql';
import { z } from 'zod';

const declarationsSchema = z.array(
  z.strictObject({
    /** The change in the words of the check. */
    change: z.string().min(1),
    reason: z.string().min(1),
    date: z.iso.date(),
  }),
);

export type SchemaFiles = Readonly<{
  /** The SDL of the last release. */
  released: string;
  /** The SDL now. */
  current: string;
  /** The JSON list of breaking changes that are meant. */
  declarations: string;
}>;

/**
 * What a client may notice and has to be ready for (docs/protocol/graphql.md) is no breach: new members of unions and
 * interfaces, new enum values, new arguments that may be left out. Another default is.
 */
const BREAKING_THOUGH_DANGEROUS: ReadonlySet<DangerousChangeType> = new Set([
  DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
]);

/** What broke the promise to clients of the last release without being declared, and declarations of what did not. */
export function findUndeclaredChanges({ released, current, declarations }: SchemaFiles): string[] {
  const declared = declarationsSchema.parse(JSON.parse(declarations)).map(({ change }) => change);
  const [before, now] = [buildSchema(released), buildSchema(current)];
  const dangerous = findDangerousChanges(before, now).filter(({ type }) => BREAKING_THOUGH_DANGEROUS.has(type));
  const changes = [...findBreakingChanges(before, now), ...dangerous].map(({ description }) => description);
  const undeclared = changes.filter((change) => !declared.includes(change));
  const stale = declared.filter((change) => !changes.includes(change));
  return [
    ...undeclared.map((change) => `breaks clients of the last release: ${change}`),
    ...stale.map((change) => `is declared in apps/api/schema-changes.json and is not so: ${change}`),
  ];
}
