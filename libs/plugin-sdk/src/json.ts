/** A JSON value: what a step takes and returns. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A JSON object, such as a step's `with`. */
export type JsonObject = { readonly [key: string]: Json };
