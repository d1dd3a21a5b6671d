import type { Json } from '../api-client.ts';

export const DEMO_PIPELINE = 'readability-report';

/** The demo tenant's own name for the example, whose name belongs to who publishes what comes with the platform. */
export const DEMO_PLUGIN = '@community/demo-readability';

export type PluginVersion = Readonly<{ name: string; version: string }>;

/** Fetches a package's page from the registry, and in parallel measures its readme in the sandbox and counts its facts. */
export function demoPipeline(plugin: PluginVersion): Json {
  return {
    name: DEMO_PIPELINE,
    description: 'How readable is the readme of a package of the registry?',
    parameters: {
      type: 'object',
      properties: { url: { type: 'string', description: 'Address of the package in an npm registry' } },
      required: ['url'],
    },
    plugins: { readability: `${plugin.name}@${plugin.version}` },
    steps: [
      {
        id: 'fetch',
        uses: 'http.request',
        with: { url: '{{ parameters.url }}' },
        retry: { max_attempts: 3, initial_delay: '200ms', on: ['NetworkError'] },
        timeout: '20s',
      },
      {
        id: 'analyze',
        uses: 'readability.analyze',
        with: { text: '{{ steps.fetch.output.body.readme }}' },
        timeout: '20s',
      },
      {
        id: 'facts',
        uses: 'core.noop',
        with: {
          package: '{{ steps.fetch.output.body.name }}',
          versions: '{{ size(steps.fetch.output.body.versions) }}',
          characters: '{{ size(steps.fetch.output.body.readme) }}',
        },
      },
      {
        id: 'unavailable',
        uses: 'core.fail',
        with: { message: 'The registry answered {{ steps.fetch.output.status }}' },
      },
      {
        id: 'report',
        uses: 'core.noop',
        join: 'all',
        with: { facts: '{{ steps.facts.output }}', readability: '{{ steps.analyze.output }}' },
      },
    ],
    flow: {
      transitions: [
        { from: 'fetch', to: 'analyze', condition: 'steps.fetch.output.status == 200' },
        { from: 'fetch', to: 'facts', condition: 'steps.fetch.output.status == 200' },
        { from: 'fetch', to: 'unavailable', default: true },
        { from: 'analyze', to: 'report' },
        { from: 'facts', to: 'report' },
      ],
    },
    outputs: { report: '{{ steps.report.output }}' },
  };
}
