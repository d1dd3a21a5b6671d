import type { JsonObject } from '@ia-modules/engine';

/** Runs at once with what comes with the platform: a branch, a join and a dead path to look at. */
const ORDER_TRIAGE: JsonObject = {
  name: 'order-triage',
  version: '1.0.0',
  description: 'Sorts an order by its size: small ones pass, large ones are reviewed.',
  parameters: {
    type: 'object',
    properties: {
      customer: { type: 'string', default: 'Ada' },
      amount: { type: 'number', minimum: 0, default: 250 },
      limit: { type: 'number', default: 100 },
    },
  },
  steps: [
    {
      id: 'receive',
      name: 'Receive the order',
      uses: 'core.noop',
      with: { customer: '{{ parameters.customer }}', amount: '{{ parameters.amount }}' },
    },
    { id: 'approve', name: 'Approve at once', uses: 'core.noop', with: { decision: 'approved' } },
    { id: 'review', name: 'Wait for the review', uses: 'core.wait', with: { duration: '2s' } },
    { id: 'notify', name: 'Tell the customer', uses: 'core.noop', with: { to: '{{ steps.receive.output.customer }}' } },
    { id: 'close', name: 'Close the order', uses: 'core.noop', join: 'all' },
  ],
  flow: {
    start_at: 'receive',
    transitions: [
      { from: 'receive', to: 'review', condition: 'steps.receive.output.amount > parameters.limit' },
      { from: 'receive', to: 'approve', default: true },
      { from: 'receive', to: 'notify', condition: { type: 'always' } },
      { from: 'review', to: 'close' },
      { from: 'approve', to: 'close' },
      { from: 'notify', to: 'close' },
    ],
  },
  outputs: { customer: '{{ steps.receive.output.customer }}', reviewed: "{{ steps.review.status == 'succeeded' }}" },
};

/** Calls the platform itself, so that it needs no network. */
const healthCheck = (apiUrl: string): JsonObject => ({
  name: 'platform-health',
  version: '1.0.0',
  description: 'Asks the API whether it is ready, and fails when it is not.',
  steps: [
    {
      id: 'ask',
      name: 'Ask for readiness',
      uses: 'http.request',
      with: { url: `${apiUrl}/readyz` },
      retry: { max_attempts: 3, initial_delay: '500ms' },
      timeout: '10s',
    },
    { id: 'healthy', name: 'All is well', uses: 'core.noop', with: { checks: '{{ steps.ask.output.body.checks }}' } },
    { id: 'unhealthy', name: 'Raise the alarm', uses: 'core.fail', with: { message: 'The platform is not ready.' } },
  ],
  flow: {
    start_at: 'ask',
    transitions: [
      { from: 'ask', to: 'healthy', condition: 'steps.ask.output.status == 200' },
      { from: 'ask', to: 'unhealthy', default: true },
    ],
  },
  outputs: { status: '{{ steps.ask.output.status }}' },
});

export const demoPipelines = (apiUrl: string): readonly JsonObject[] => [ORDER_TRIAGE, healthCheck(apiUrl)];
