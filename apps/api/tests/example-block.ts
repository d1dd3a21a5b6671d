import { type FieldNode, Kind, parse } from 'graphql';

export type ExampleActor = 'owner' | 'token' | 'nobody';

export type ExampleBlock = {
  /** Where it stands: `Mutation.startRun`, `docs/api.md`. */
  readonly place: string;
  readonly source: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly actor: ExampleActor;
  /** What a mutation answers in place of its success. */
  readonly answers: string | null;
  /** A subscription that says nothing by itself. */
  readonly isSilent: boolean;
  /** The names in the answer of fields that ask for `__typename`. */
  readonly typedFields: readonly string[];
};

const FENCE = /^```graphql\n(?<source>.*?)^```$/gms;
const PLACEHOLDER = /<(?<name>[a-zA-Z]+)>/g;

const commentOf = (source: string, key: string): string | null =>
  new RegExp(`^# ${key}: (?<value>\\w+)$`, 'm').exec(source)?.groups?.['value'] ?? null;

const asksForType = ({ selectionSet }: FieldNode): boolean =>
  selectionSet?.selections.some(
    (selection) => selection.kind === Kind.FIELD && selection.name.value === '__typename',
  ) ?? false;

const toBlock = (place: string, source: string): ExampleBlock => {
  const [operation] = parse(source).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`${place}: an example begins with its operation.`);
  const fields = operation.selectionSet.selections.filter((selection) => selection.kind === Kind.FIELD);
  return {
    place,
    source,
    kind: operation.operation,
    actor: (commentOf(source, 'as') ?? 'owner') as ExampleActor,
    answers: commentOf(source, 'answers'),
    isSilent: /^# waits$/m.test(source),
    typedFields: fields.filter(asksForType).map(({ name, alias }) => (alias ?? name).value),
  };
};

/** The operations that stand in a text between fences of GraphQL. */
export const blocksIn = (place: string, text: string): ExampleBlock[] =>
  [...text.matchAll(FENCE)].map((match) => toBlock(place, match.groups?.['source'] ?? ''));

export const placeholdersOf = (source: string): readonly string[] => [
  ...new Set([...source.matchAll(PLACEHOLDER)].map((match) => match.groups?.['name'] ?? '')),
];

/** Puts a value in the place of each placeholder. */
export const fillPlaceholders = async (source: string, valueOf: (name: string) => Promise<string>): Promise<string> => {
  const names = placeholdersOf(source);
  let filled = source;
  for (const name of names) filled = filled.replaceAll(`<${name}>`, await valueOf(name));
  return filled;
};
