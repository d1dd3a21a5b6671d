import type { Json } from './json.ts';

/** A JSON Schema (2020-12) written as a literal. Only what type inference reads is spelled out; every other keyword is allowed. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** The TypeScript type of the values that a JSON Schema literal accepts; `Json` where the schema says nothing. */
export type FromJsonSchema<S> = Value<S, 'accepted'>;

/** The same for values whose defaults were filled in: a property with a `default` is always there. */
export type FilledFromJsonSchema<S> = Value<S, 'filled'>;

type Side = 'accepted' | 'filled';
type Schemas = readonly unknown[];
type Flat<T> = { readonly [K in keyof T]: T[K] };

type Value<S, D extends Side> = S extends boolean
  ? S extends false
    ? never
    : Json
  : S extends { readonly const: infer C }
    ? C
    : S extends { readonly enum: readonly (infer E)[] }
      ? E
      : S extends { readonly type: infer T }
        ? Typed<T, S, D> | (S extends { readonly nullable: true } ? null : never)
        : S extends { readonly anyOf: readonly (infer B)[] }
          ? Value<B, 'accepted'>
          : S extends { readonly oneOf: readonly (infer B)[] }
            ? Value<B, 'accepted'>
            : S extends { readonly allOf: infer B extends Schemas }
              ? Every<B, D>
              : Json;

type Typed<T, S, D extends Side> = T extends readonly (infer Each)[] ? FromType<Each, S, D> : FromType<T, S, D>;

type FromType<T, S, D extends Side> = T extends 'string'
  ? string
  : T extends 'number' | 'integer'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : T extends 'array'
          ? List<S, D>
          : T extends 'object'
            ? Fields<S, D>
            : Json;

/** Values are only cut down to what all parts say: what one part leaves open, another one may fill. */
type Every<B extends Schemas, D extends Side> = B extends readonly [infer First, ...infer Rest]
  ? Rest extends readonly []
    ? Value<First, D>
    : Value<First, D> & Every<Rest, D>
  : Json;

type List<S, D extends Side> = S extends { readonly prefixItems: infer P extends Schemas }
  ? readonly [...Tuple<S, P, D>, ...Further<S, D>]
  : S extends { readonly items: infer I }
    ? readonly Value<I, D>[]
    : readonly Json[];

/** Shorter lists fit as well, unless `minItems` says otherwise. */
type Tuple<S, P extends Schemas, D extends Side> = S extends { readonly minItems: P['length'] }
  ? { [K in keyof P]: Value<P[K], D> }
  : Partial<{ [K in keyof P]: Value<P[K], D> }>;

type Further<S, D extends Side> = S extends { readonly items: infer I }
  ? I extends false
    ? readonly []
    : readonly Value<I, D>[]
  : readonly Json[];

type Fields<S, D extends Side> = S extends { readonly properties: infer P }
  ? FromProperties<P, Always<S, P, D>, D> & Others<S, P, D>
  : S extends { readonly additionalProperties: infer A }
    ? A extends false
      ? Readonly<Record<string, never>>
      : { readonly [key: string]: Value<A, D> }
    : { readonly [key: string]: Json };

type FromProperties<P, Required, D extends Side> = Flat<
  { readonly [K in keyof P as K extends Required ? K : never]: Value<P[K], D> } & {
    readonly [K in keyof P as K extends Required ? never : K]?: Value<P[K], D>;
  }
>;

type Always<S, P, D extends Side> = Names<S> | (D extends 'filled' ? WithDefault<P> : never);
type Names<S> = S extends { readonly required: readonly (infer N)[] } ? N : never;
type WithDefault<P> = { [K in keyof P]: P[K] extends { readonly default: unknown } ? K : never }[keyof P];

/** Keys beside the named ones, where the schema gives them a type of their own. */
type Others<S, P, D extends Side> = S extends { readonly additionalProperties: infer A }
  ? A extends boolean
    ? unknown
    : { readonly [key: string]: Value<A, D> | Value<P[keyof P], D> | undefined }
  : unknown;
