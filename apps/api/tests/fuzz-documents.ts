import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
} from 'graphql';

export type FuzzRequest = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };

/** Repeats itself for the same seed. */
export type Random = { readonly below: (limit: number) => number; readonly chance: (share: number) => boolean };

export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (limit) => Math.floor(next() * limit), chance: (share) => next() < share };
};

const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  2_147_483_647,
  -2_147_483_648,
  Number.MAX_SAFE_INTEGER + 1,
  1e308,
  0.1,
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udc00',
  '😀'.repeat(50),
  'x'.repeat(5_000),
  "' or 1=1 --",
  '%s%n',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'VGVuYW50Onh4eA',
  'UnVuOjA6MA',
  '2026-01-31T09:00:00Z',
  '9999-99-99T99:99:99Z',
  '{{ steps.a.output }}',
  [],
  [[]],
  {},
  JSON.parse('{"__proto__": {"a": 1}, "constructor": {"prototype": null}}'),
  { steps: [{ id: 'a', uses: 'core.noop' }], name: 'x' },
  { name: '\0', steps: null },
  [null, 1, 'a'],
];

const MAX_LEVELS = 4;
const MAX_FIELDS = 4;
const BREAKAGES: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => text.slice(0, random.below(text.length)),
  (text, random) => {
    const place = random.below(text.length);
    return `${text.slice(0, place)}${'{}()$:@!"#\0😀'[random.below(12)] ?? '{'}${text.slice(place)}`;
  },
  (text) => text.replace('{', '{ ...nobody '),
  (text) => text.replace(/\b\w+\b/, 'unheardOf'),
];

const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)] as T;

/** Writes operations of a schema: most are valid, with values that are not what they should be. */
export class DocumentFuzzer {
  readonly #schema: GraphQLSchema;
  readonly #random: Random;
  readonly #ids: readonly string[];
  #declared: string[] = [];
  #variables: Record<string, unknown> = {};

  /** @param ids global ids and cursors of what is there, which are more dangerous than invented ones */
  constructor(schema: GraphQLSchema, random: Random, ids: readonly string[]) {
    this.#schema = schema;
    this.#random = random;
    this.#ids = ids;
  }

  next(): FuzzRequest {
    this.#declared = [];
    this.#variables = {};
    const isMutation = this.#random.chance(0.4);
    const root = isMutation ? this.#schema.getMutationType() : this.#schema.getQueryType();
    const selection = this.#selection(root as GraphQLObjectType, 0);
    const declared = this.#declared.length === 0 ? '' : `(${this.#declared.join(', ')})`;
    const query = `${isMutation ? 'mutation' : 'query'} Fuzz${declared} ${selection}`;
    const broken = this.#random.chance(0.1) ? pick(this.#random, BREAKAGES)(query, this.#random) : query;
    return { query: broken, variables: this.#variables };
  }

  #selection(type: GraphQLNamedType, level: number): string {
    if (isUnionType(type) || isInterfaceType(type)) {
      const possible = pick(this.#random, this.#schema.getPossibleTypes(type));
      return `{ __typename ... on ${possible.name} ${this.#selection(possible, level)} }`;
    }
    if (!isObjectType(type)) return '';
    const fields = Object.values(type.getFields()).filter(
      (field) => level < MAX_LEVELS || isScalarType(getNamedType(field.type)) || isEnumType(getNamedType(field.type)),
    );
    if (fields.length === 0) return '{ __typename }';
    const count = 1 + this.#random.below(level === 0 ? 1 : MAX_FIELDS);
    const chosen = Array.from({ length: count }, (_, index) => this.#field(pick(this.#random, fields), index, level));
    return `{ ${chosen.join(' ')} }`;
  }

  #field(field: GraphQLField<unknown, unknown>, index: number, level: number): string {
    const args = field.args.filter((argument) => isNonNullType(argument.type) || this.#random.chance(0.4));
    const given = args.map((argument) => this.#argument(argument)).join(', ');
    const below = this.#selection(getNamedType(field.type), level + 1);
    return `f${index}: ${field.name}${given === '' ? '' : `(${given})`} ${below}`;
  }

  #argument({ name, type }: GraphQLArgument): string {
    const variable = `v${this.#declared.length}`;
    this.#declared.push(`$${variable}: ${String(type)}`);
    this.#variables[variable] = this.#value(type, 0);
    return `${name}: $${variable}`;
  }

  #value(type: GraphQLInputType, level: number): unknown {
    if (this.#random.chance(0.08)) return pick(this.#random, HOSTILE);
    if (isNonNullType(type)) return this.#value(type.ofType, level);
    if (isListType(type)) {
      return Array.from({ length: this.#random.below(4) }, () => this.#value(type.ofType, level));
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || (level < 3 && this.#random.chance(0.5)),
      );
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type, level + 1)]));
    }
    if (isEnumType(type)) return pick(this.#random, type.getValues()).name;
    return this.#scalar(type.name);
  }

  #scalar(name: string): unknown {
    const random = this.#random;
    const texts = HOSTILE.filter((value) => typeof value === 'string');
    switch (name) {
      case 'ID':
        return random.chance(0.6) ? pick(random, this.#ids) : pick(random, texts);
      case 'Int':
        return random.chance(0.7) ? random.below(120) - 10 : pick(random, [2_147_483_647, -2_147_483_648, 0]);
      case 'Float':
        return pick(random, [0, -1, 1e308, 0.5, 100]);
      case 'Boolean':
        return random.chance(0.5);
      case 'DateTime':
        return pick(random, ['2026-01-31T09:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', 'now']);
      case 'JSON':
        return pick(random, HOSTILE);
      default:
        return random.chance(0.3) ? pick(random, this.#ids) : pick(random, [...texts, 'acme', 'name', 'a']);
    }
  }
}
