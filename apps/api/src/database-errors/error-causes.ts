export type Fields = Readonly<Record<string, unknown>>;

const MAX_CAUSES = 6;

export const toFields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null ? (value as Fields) : undefined;

/** An error and what caused it, outermost first: Prisma keeps the driver's error inside its own. */
export function* causesOf(error: unknown): Generator<Fields, void> {
  let cause = toFields(error);
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined; depth += 1) {
    yield cause;
    cause = toFields(toFields(cause['meta'])?.['driverAdapterError']) ?? toFields(cause['cause']);
  }
}
