import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';

export const MAX_DOCUMENT_CHARACTERS = 250_000;
export const MAX_TOKENS = 5_000;
export const MAX_ALIASES = 50;
export const MAX_DIRECTIVES = 50;
export const MAX_OPERATIONS = 10;
export const MAX_LEVELS = 20;
/** Selections once every fragment stands where it is spread. */
export const MAX_SELECTIONS = 2_000;
/** Validation compares each pair of fields that answer at the same place: pairs are what repeating costs. */
export const MAX_PAIRS = 10_000;
const MAX_NAME_LENGTH = 128;
const MAX_LITERAL_LEVELS = 100;
const MAX_FRAGMENT_NESTING = 100;
/** `types`, its `fields`, and their `args`: what the introspection query of every tool asks for. */
const MAX_INTROSPECTION_LISTS = 3;
const MAX_INTROSPECTION_FIELDS = 5;

const INTROSPECTION_LISTS: ReadonlySet<string> = new Set([
  'types',
  'directives',
  'fields',
  'args',
  'interfaces',
  'possibleTypes',
  'inputFields',
  'enumValues',
]);

export const limitError = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'IA_API_LIMIT' } });

const tooMuch = (what: string, limit: number): GraphQLError =>
  limitError(`The document has more than ${limit} ${what}.`);

/** Thrown through the walks below, which end at the first excess. */
class Counter {
  readonly #what: string;
  readonly #limit: number;
  #count = 0;

  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  add(count = 1): void {
    this.#count += count;
    if (this.#count > this.#limit) throw tooMuch(this.#what, this.#limit);
  }
}

const countNodes = (document: DocumentNode): void => {
  const operations = new Counter('operations', MAX_OPERATIONS);
  const aliases = new Counter('aliases', MAX_ALIASES);
  const directives = new Counter('directives', MAX_DIRECTIVES);
  let literalLevels = 0;
  const enterLiteral = (): void => {
    literalLevels += 1;
    if (literalLevels > MAX_LITERAL_LEVELS) throw tooMuch('levels in a value', MAX_LITERAL_LEVELS);
  };
  const leaveLiteral = (): void => {
    literalLevels -= 1;
  };
  visit(document, {
    OperationDefinition: () => operations.add(),
    Directive: () => directives.add(),
    Field: ({ alias }) => {
      if (alias !== undefined) aliases.add();
    },
    Name: ({ value }) => {
      if (value.length > MAX_NAME_LENGTH) throw limitError(`A name has more than ${MAX_NAME_LENGTH} characters.`);
    },
    ListValue: { enter: enterLiteral, leave: leaveLiteral },
    ObjectValue: { enter: enterLiteral, leave: leaveLiteral },
  });
};

/** Where fields answer: those with the same response names above them stand at the same place. */
type Place = { occurrences: number; readonly below: Map<string, Place> };

type Position = {
  readonly place: Place;
  readonly level: number;
  readonly nesting: number;
  /** How many lists of the schema's description lie above; null outside of it. */
  readonly introspectionLists: number | null;
};

const newPlace = (): Place => ({ occurrences: 0, below: new Map() });

/** Walks a document as it will be executed, fragments in place, and gives up as soon as that is too much. */
class Expansion {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #selections = new Counter('fields, with its fragments in place', MAX_SELECTIONS);
  readonly #pairs = new Counter('pairs of fields at the same place', MAX_PAIRS);
  readonly #introspections = new Counter('questions about the schema', MAX_INTROSPECTION_FIELDS);
  readonly #within = new Set<string>();

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#fragments = fragments;
  }

  walk(set: SelectionSetNode, position: Position): void {
    if (position.level > MAX_LEVELS) throw tooMuch('levels', MAX_LEVELS);
    if (position.nesting > MAX_FRAGMENT_NESTING) throw tooMuch('fragments within each other', MAX_FRAGMENT_NESTING);
    const deeper = { ...position, nesting: position.nesting + 1 };
    for (const selection of set.selections) {
      this.#selections.add();
      if (selection.kind === Kind.FIELD) this.#walkField(selection, position);
      else if (selection.kind === Kind.INLINE_FRAGMENT) this.walk(selection.selectionSet, deeper);
      else this.#walkFragment(selection.name.value, deeper);
    }
  }

  #walkField({ name, alias, selectionSet }: FieldNode, { place, level, introspectionLists }: Position): void {
    const key = (alias ?? name).value;
    const own = place.below.get(key) ?? newPlace();
    place.below.set(key, own);
    this.#pairs.add(own.occurrences);
    own.occurrences += 1;
    const lists = this.#listsBelow(name.value, introspectionLists);
    if (selectionSet === undefined) return;
    this.walk(selectionSet, { place: own, level: level + 1, nesting: 0, introspectionLists: lists });
  }

  #listsBelow(field: string, above: number | null): number | null {
    if (field === '__schema' || field === '__type') {
      this.#introspections.add();
      return field === '__schema' ? 0 : 1;
    }
    if (above === null || !INTROSPECTION_LISTS.has(field)) return above;
    if (above === MAX_INTROSPECTION_LISTS) throw tooMuch('lists about the schema in each other', above);
    return above + 1;
  }

  #walkFragment(name: string, position: Position): void {
    // Validation says which fragment is not there.
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return;
    if (this.#within.has(name)) throw new GraphQLError('A fragment is spread within itself.', { nodes: fragment });
    this.#within.add(name);
    this.walk(fragment.selectionSet, position);
    this.#within.delete(name);
  }
}

const expand = (document: DocumentNode): void => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const expansion = new Expansion(fragments);
  const reached = { level: 1, nesting: 0, introspectionLists: null };
  for (const node of document.definitions) {
    // Fragments too: one that nothing spreads is validated all the same.
    if (node.kind !== Kind.OPERATION_DEFINITION && node.kind !== Kind.FRAGMENT_DEFINITION) continue;
    expansion.walk(node.selectionSet, { ...reached, place: newPlace() });
  }
};

/**
 * Refuses what would cost too much to validate or to execute, in time that the number of tokens bounds.
 * @throws GraphQLError
 */
export const checkDocumentLimits = (document: DocumentNode): void => {
  countNodes(document);
  expand(document);
};
