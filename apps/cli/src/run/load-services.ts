import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createServiceRegistry, type ServiceRegistry } from '@ia-modules/engine';
import { UsageError } from '../usage-error.ts';

/**
 * Lets a module register the services of local steps: it exports `register(registry)`.
 * @throws UsageError when it can't be loaded, or exports no such function
 */
export const loadServices = async (file: string | undefined): Promise<ServiceRegistry> => {
  const registry = createServiceRegistry();
  if (file === undefined) return registry;
  const module = await importServices(file);
  if (typeof module['register'] !== 'function') {
    throw new UsageError(`${file} must export a function: export const register = (registry) => { … }.`);
  }
  await (module['register'] as (registry: ServiceRegistry) => unknown)(registry);
  return registry;
};

const importServices = async (file: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new UsageError(`${file} can not be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
};
