import { builder } from '../builder.ts';

/** The success of a mutation that takes something away. */
export const deletion = <Kind extends string>(kind: Kind) =>
  builder.objectRef<{ readonly kind: Kind; readonly deletedId: string }>(kind).implement({
    description: 'The runs that it started stay.',
    fields: (t) => ({ deletedId: t.exposeID('deletedId') }),
  });

type Given<T> = { -readonly [Key in keyof T]?: NonNullable<T[Key]> };

/** What an input names: without the fields that were left out or are null. */
export const given = <T extends object>(input: T): Given<T> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && value !== null)) as Given<T>;
