import { builder } from '../builder.ts';

/** The success of a mutation that takes something away. */
export const deletion = <Kind extends string>(kind: Kind) =>
  builder.objectRef<{ readonly kind: Kind; readonly deletedId: string }>(kind).implement({
    description: 'The runs that it started stay.',
    fields: (t) => ({ deletedId: t.exposeID('deletedId', { description: 'The id of what is gone.' }) }),
  });
