import { afterAll, beforeAll, expect, test } from 'vitest';
import { METRICS, createMetrics } from '../src/index.ts';
import { type PrometheusServer, startPrometheusServer } from '../src/prometheus.ts';

let server: PrometheusServer;

beforeAll(async () => {
  server = await startPrometheusServer({ port: 0 });
});

afterAll(() => server.close());

const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();

test('what was recorded is served under the names, units and labels of the catalogue', async () => {
  const metrics = createMetrics();
  metrics.runClaimed({ waitedMs: 3 });
  metrics.runHeld();
  metrics.attemptStarted({ pipeline: 'orders' });
  metrics.attemptEnded({ pipeline: 'orders' });
  metrics.stepError({ step: 'fetch', errorType: 'NetworkError' });
  metrics.stepEnded({ step: 'fetch', status: 'failed', durationMs: 40 });
  metrics.runEnded({ pipeline: 'orders', status: 'failed', durationMs: 50 });
  metrics.committed({ runs: 3, durationMs: 2, outcome: 'ok' });
  metrics.runReleased();
  metrics.stepAttempt({ step: 'fetch' });
  metrics.costAdded({ step: 'fetch', usd: 0.5 });
  metrics.pluginCalled({ plugin: '@a/b', kind: 'step', status: 'succeeded', durationMs: 3 });
  metrics.pluginMeasured({ plugin: '@a/b', kind: 'counter', name: 'rows', value: 2 });
  metrics.pluginMeasured({ plugin: '@a/b', kind: 'counter', name: 'rows', value: -5 });
  metrics.pluginMeasured({ plugin: '@a/b', kind: 'histogram', name: 'parse_seconds', value: 0.1 });
  metrics.sandboxStarted();
  metrics.sandboxEnded();

  const text = await scrape();

  expect(text).toContain('pipeline_execution_duration_seconds_sum{pipeline="orders",status="failed"');
  expect(text).toMatch(/pipeline_step_errors_total\{step="fetch",error_type="NetworkError"[^}]*\} 1/);
  expect(text).toMatch(/runtime_runs_active\{[^}]*\} 0/);
  expect(text).toMatch(/plugin_custom_total\{plugin="@a\/b",name="rows"[^}]*\} 2/);
  for (const name of Object.keys(METRICS)) expect(text).toContain(`# HELP ${name.replaceAll('.', '_')}`);
});

test('other paths are not found', async () => {
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(404);
});
