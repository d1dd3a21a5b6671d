import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { runServer } from 'verdaccio';
import type { PluginServices } from './verdaccio-plugin.ts';
import type { StorageServices } from './verdaccio-storage.ts';

const PLUGIN = '@ia-modules/registry/verdaccio-plugin';
const STORAGE = '@ia-modules/registry/verdaccio-storage';

export type VerdaccioOptions = Pick<PluginServices, 'callerOf'> & Pick<StorageServices, 'store' | 'present'>;

/** Boots Verdaccio without uplinks, without its web pages, without files and without a port of its own. */
export async function bootVerdaccio({ callerOf, store, present }: VerdaccioOptions): Promise<Server> {
  const responses = new AsyncLocalStorage<ServerResponse>();
  const services: PluginServices = { callerOf, duringResponse: (response, next) => responses.run(response, next) };
  const storage: StorageServices = {
    store,
    present,
    onResponseEnd: (task) => responses.getStore()?.once('close', task),
  };
  let isLoaded = false;
  const loadStorage = (): StorageServices => {
    isLoaded = true;
    return storage;
  };
  // Functions, because Verdaccio deep-copies its configuration.
  const plugin = { services: () => services };
  const configPath = join(import.meta.dirname, 'verdaccio.yaml');
  const handler: Server = await runServer({
    configPath,
    self_path: configPath,
    store: { [STORAGE]: { services: loadStorage } },
    auth: { [PLUGIN]: plugin },
    middlewares: { [PLUGIN]: plugin },
    uplinks: {},
    packages: { '**': { access: [], publish: [], unpublish: [] } },
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'error' },
  });
  if (!isLoaded) throw new Error(`Verdaccio did not load ${STORAGE}.`);
  return handler;
}
