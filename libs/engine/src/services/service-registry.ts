import { PlatformError } from '@ia-modules/plugin-sdk';
import { didYouMean } from '../definition/suggest.ts';
import type { FindRegistration, Registration, ServiceInit } from './service-definition.ts';
import type { ServiceKey } from './service-key.ts';
import { openScope, type ProcessScope } from './service-scope.ts';

/** What trusted steps may ask for, by typed keys. */
export type ServiceRegistry = {
  /** @throws PlatformError `IA_SERVICE_DUPLICATE` */
  register<T>(key: ServiceKey<T>, init: ServiceInit<T>): ServiceRegistry;
  /** Opens the scope of the process. What is registered later is found in it too. */
  openProcess(): ProcessScope;
};

/**
 * Starts an empty registry.
 *
 * @example
 * const database = defineService<Pool>('database');
 * const registry = createServiceRegistry().register(database, {
 *   lifetime: 'process',
 *   create: () => new Pool(),
 *   dispose: (pool) => pool.end(),
 * });
 * await using process = registry.openProcess();
 */
export const createServiceRegistry = (): ServiceRegistry => {
  const registrations = new Map<ServiceKey<unknown>, Registration>();
  const find: FindRegistration = (key, wantedBy) => {
    const found = registrations.get(key);
    if (found !== undefined) return found;
    throw missingService({ key, wantedBy, names: [...registrations.keys()].map(({ name }) => name) });
  };
  const registry: ServiceRegistry = {
    register(key, init) {
      const { name } = key;
      if (registrations.has(key as ServiceKey<unknown>)) {
        throw new PlatformError({
          code: 'IA_SERVICE_DUPLICATE',
          message: `The service '${name}' is registered already.`,
        });
      }
      registrations.set(key as ServiceKey<unknown>, { ...(init as ServiceInit<unknown>), name });
      return registry;
    },
    openProcess: () => openScope({ lifetime: 'process', find }),
  };
  return registry;
};

type Missing = {
  readonly key: ServiceKey<unknown>;
  readonly wantedBy: string | undefined;
  readonly names: readonly string[];
};

const missingService = ({ key: { name }, wantedBy, names }: Missing): PlatformError =>
  new PlatformError({
    code: 'IA_SERVICE_MISSING',
    message: `No service '${name}' is registered${wantedBy === undefined ? '' : `, and '${wantedBy}' needs it`}.`,
    hint: names.includes(name)
      ? 'A service of this name is registered under another key: share the one that defineService returned.'
      : (didYouMean(name, names) ??
        (names.length === 0 ? 'No services are registered at all.' : `There are: ${names.toSorted().join(', ')}.`)),
  });
