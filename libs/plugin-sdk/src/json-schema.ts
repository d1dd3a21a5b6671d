import type { Json } from './json.ts';

/** A JSON Schema (2020-12) written as a literal. Only what type inference reads is spelled out; every other keyword is allowed. */
export type JsonSchema = { readonly [keyword: string]: unknown };

type Names<S> = S extends { readonly required: readonly (infer N extends string)[] } ? N : never;
type Flat<T> = { readonly [K in keyof T]: T[K] };

type FromProperties<P, Required extends string> = Flat<
  { readonly [K in keyof P as K extends Required ? K : never]: FromJsonSchema<P[K]> } & {
    readonly [K in keyof P as K extends Required ? never : K]?: FromJsonSchema<P[K]>;
  }
>;

type FromType<T, S> = T extends 'string'
  ? string
  : T extends 'number' | 'integer'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : T extends 'array'
          ? readonly (S extends { readonly items: infer I } ? FromJsonSchema<I> : Json)[]
          : T extends 'object'
            ? S extends { readonly properties: infer P }
              ? FromProperties<P, Names<S>>
              : { readonly [key: string]: Json }
            : Json;

/** The TypeScript type of the values that a JSON Schema literal accepts; `Json` where the schema says nothing. */
export type FromJsonSchema<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly type: readonly (infer T)[] }
      ? FromType<T, S>
      : S extends { readonly type: infer T }
        ? FromType<T, S>
        : Json;
