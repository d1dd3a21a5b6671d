import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

export type PrometheusServer = {
  /** The port it listens on: the one asked for, or the free one that port 0 found. */
  readonly port: number;
  close(): Promise<void>;
};

/**
 * Registers an OpenTelemetry SDK for this process and serves its metrics as Prometheus text under `/metrics`.
 * Call it before `createMetrics`, which otherwise gets the no-op meter.
 * @default host 127.0.0.1
 */
export const startPrometheusServer = async (options: {
  readonly port: number;
  readonly host?: string;
}): Promise<PrometheusServer> => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  metrics.setGlobalMeterProvider(provider);
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/metrics') {
      exporter.getMetricsRequestHandler(request, response);
      return;
    }
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found. Metrics are under /metrics.\n');
  });
  await listen(server, options.port, options.host ?? '127.0.0.1');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      metrics.disable();
      await provider.shutdown();
    },
  };
};

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
