import { builder } from '../builder.ts';

type Words<Value extends string> = {
  readonly description: string;
  /** What each value means. */
  readonly values: Readonly<Record<Value, string>>;
};

/** An enum whose values are described where they are listed: `leaks_data` becomes `LEAKS_DATA`. */
export const describedEnum = <Value extends string>(name: string, { description, values }: Words<Value>) => {
  const entries = Object.entries(values) as [Value, string][];
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(
      entries.map(([value, meaning]) => [value.toUpperCase(), { value, description: meaning }]),
    ),
  });
};
