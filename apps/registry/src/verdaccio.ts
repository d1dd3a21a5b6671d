import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runServer } from 'verdaccio';
import type { VerdaccioStorage } from './package-store.ts';
import type { PluginServices } from './verdaccio-plugin.ts';

const PLUGIN = '@ia-modules/registry/verdaccio-plugin';
const PACKAGE_LIST = '.verdaccio-db.json';

export type Verdaccio = Readonly<{ handler: Server; storage: VerdaccioStorage }>;

/** Boots Verdaccio without uplinks, without its web pages and without a port of its own. */
export async function bootVerdaccio(storageDir: string, callerOf: PluginServices['callerOf']): Promise<Verdaccio> {
  await mkdir(storageDir, { recursive: true });
  await tidyPackageList(storageDir);
  let storage: VerdaccioStorage | undefined;
  const services: PluginServices = { callerOf, attachStorage: (attached) => (storage = attached) };
  // A function, because Verdaccio deep-copies its configuration.
  const plugin = { services: () => services };
  const handler: Server = await runServer({
    configPath: join(storageDir, 'verdaccio.yaml'),
    self_path: join(storageDir, 'verdaccio.yaml'),
    storage: storageDir,
    auth: { [PLUGIN]: plugin },
    middlewares: { [PLUGIN]: plugin },
    uplinks: {},
    packages: { '**': { access: [], publish: [], unpublish: [] } },
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'error' },
  });
  if (storage === undefined) throw new Error(`Verdaccio did not load ${PLUGIN}.`);
  return { handler, storage };
}

/**
 * A kill while Verdaccio wrote its list leaves half of it, and Verdaccio then refuses to write. Folders are the truth: the
 * names of packages that are gone go as well.
 */
async function tidyPackageList(storageDir: string): Promise<void> {
  const path = join(storageDir, PACKAGE_LIST);
  try {
    const stored = JSON.parse(await readFile(path, 'utf8')) as { readonly list?: readonly string[] };
    const list = (stored.list ?? []).filter((name) => existsSync(join(storageDir, name)));
    if (list.length !== stored.list?.length) await writeFile(path, JSON.stringify({ ...stored, list }));
  } catch {
    await rm(path, { force: true });
  }
}
