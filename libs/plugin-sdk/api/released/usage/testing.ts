import { definePlugin } from '@ia-modules/plugin-sdk';
import {
  createFakeClock,
  createTestPlatform,
  fixtureSchema,
  loadFixtures,
  runFixture,
} from '@ia-modules/plugin-sdk/testing';

const clock = createFakeClock(0, { isAutomatic: true });
const platform = createTestPlatform({
  plugin: definePlugin({}),
  packageJson: {},
  grant: { net: ['api.example.com'], secrets: ['API_KEY'], blobs: true },
  secrets: { API_KEY: 'test' },
  clock,
  http: {
    tape: [{ request: { method: 'GET', url: 'https://api.example.com' }, response: { status: 200, headers: {} } }],
  },
});

export const use = async (): Promise<readonly unknown[]> => {
  await clock.advance(1_000);
  const { output, logs, progress, costUsd, spans, metrics, requests, blobs } = await platform.run('forecast', {
    city: 'Rome',
  });
  const outcome = await platform.attempt(
    'min',
    { value: 1 },
    { kind: 'validator', http: { record: true }, attempt: 2 },
  );
  const failures: readonly string[] = [];
  for (const fixture of await loadFixtures('fixtures')) failures.concat((await runFixture(platform, fixture)).failures);
  await platform.health();
  await platform.close();
  return [
    output,
    logs,
    progress,
    costUsd,
    spans,
    metrics,
    requests,
    blobs,
    failures,
    outcome.ok ? outcome.output : outcome.error.code,
    fixtureSchema.parse({}).contribution,
    platform.putBlob(new Uint8Array(1), 'text/plain').blob,
  ];
};
