import { callContribution } from './call-contribution.ts';
import { surroundCall } from './call-surroundings.ts';
import { createMemoryBlobs } from './memory-blobs.ts';
import { readTestManifest } from './read-test-manifest.ts';
import type { RunOptions, TestPlatform, TestPlatformInit, TestWorld } from './test-world.ts';

/**
 * Makes a platform for one plugin, without any network: values travel as JSON and are checked against the manifest, hosts, secrets
 * and bytes are there as far as manifest and grant allow, and failures are what a run would see.
 *
 * @throws PlatformError `IA_PLUGIN_MANIFEST` when the manifest is not valid
 * @example
 * const platform = createTestPlatform({ plugin, packageJson, secrets: { API_KEY: 'test' }, http: { tape } });
 * const { output, logs } = await platform.run('forecast', { city: 'Rome' });
 */
export const createTestPlatform = (init: TestPlatformInit): TestPlatform => {
  const { plugin, grant = {}, dependencies = {} } = init;
  const { name, version, manifest } = readTestManifest(init);
  const blobs = createMemoryBlobs();
  const world: TestWorld = {
    plugin,
    name,
    version,
    manifest,
    grant: { ...manifest.permissions, ...grant },
    dependencies,
    blobs,
    checks: new Map(),
    ready: undefined,
  };
  const { secrets, clock, http } = init;
  const defaults: RunOptions = {
    ...(secrets === undefined ? {} : { secrets }),
    ...(clock === undefined ? {} : { clock }),
    ...(http === undefined ? {} : { http }),
  };
  const attempt: TestPlatform['attempt'] = (called, input, options) =>
    callContribution(world, { name: called, input, options: { ...defaults, ...options } });
  return {
    manifest,
    attempt,
    run: async (called, input, options) => {
      const outcome = await attempt(called, input, options);
      if (!outcome.ok) throw outcome.error;
      const { ok: _, ...result } = outcome;
      return result;
    },
    putBlob: blobs.put,
    health: async (options) => {
      const { run } = surroundCall(world, 'the health check', { ...defaults, ...options });
      await run(async (context) => plugin.health?.(context));
    },
    close: async () => {
      await plugin.shutdown?.();
    },
  };
};
