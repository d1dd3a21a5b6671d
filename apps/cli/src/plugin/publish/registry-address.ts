import { readRegistryUrl } from '../../config.ts';
import { UsageError } from '../../usage-error.ts';

const DEFAULT_REGISTRY_URL = 'http://localhost:4873';

/** Where plugins are published to. @throws UsageError for an address that is none */
export const registryAddress = (given: string | undefined): string => {
  const url = URL.parse(given ?? readRegistryUrl() ?? DEFAULT_REGISTRY_URL);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new UsageError(`The address of the registry must be an http or https URL such as ${DEFAULT_REGISTRY_URL}.`);
  }
  return url.href.replace(/\/$/, '');
};
