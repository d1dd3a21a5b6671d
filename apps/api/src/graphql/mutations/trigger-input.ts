type Given<T> = { -readonly [Key in keyof T]?: NonNullable<T[Key]> };

/** What an input names: without the fields that were left out or are null. */
export const given = <T extends object>(input: T): Given<T> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && value !== null)) as Given<T>;
