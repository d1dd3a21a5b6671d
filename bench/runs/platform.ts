import { migrate, provisionRoles } from '@ia-modules/database';
import { createRunFixtures, type PipelineFixture, type RunFixtures } from '@ia-modules/runtime-postgres/testing';
import type { BenchServer } from './server.ts';

/** The platform's own database with a tenant; its runtimes are started by those who measure them. */
export type BenchPlatform = AsyncDisposable & {
  readonly fixtures: RunFixtures;
  /** Of the role that runs pipelines. */
  readonly workerUrl: string;
  /** Of the role that the API has. */
  readonly appUrl: string;
  createPipeline(
    definition: Readonly<{ name: string; steps: readonly unknown[]; flow?: unknown }>,
  ): Promise<PipelineFixture>;
};

export const openPlatform = async ({ adminUrl }: BenchServer): Promise<BenchPlatform> => {
  await migrate(adminUrl);
  const urls = await provisionRoles(adminUrl);
  const fixtures = createRunFixtures(adminUrl);
  const tenantId = await fixtures.createTenant('bench');
  return {
    fixtures,
    workerUrl: urls.worker,
    appUrl: urls.app,
    createPipeline: (definition) => fixtures.createPipeline(tenantId, definition),
    [Symbol.asyncDispose]: () => fixtures.close(),
  };
};
