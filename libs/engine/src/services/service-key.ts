declare const service: unique symbol;

/** Names a service and carries its type; two keys of the same name are two services. */
export type ServiceKey<T> = { readonly name: string; readonly [service]?: (value: T) => T };

/**
 * Makes the key under which a service is registered and asked for.
 *
 * @example
 * type Clock = { now(): number };
 * const clockService = defineService<Clock>('clock');
 */
export const defineService = <T>(name: string): ServiceKey<T> => Object.freeze({ name });
