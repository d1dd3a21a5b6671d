import type { StepCatalog, StepContract } from '../ports/step-catalog.ts';

const CONTRACTS: ReadonlyMap<string, StepContract> = new Map<string, StepContract>([
  ['core.noop', { description: 'Does nothing and returns its input.' }],
  [
    'core.wait',
    {
      description: 'Waits for a duration, or until a time.',
      input: {
        type: 'object',
        properties: { duration: { type: 'string' }, until: { type: 'string' } },
        oneOf: [{ required: ['duration'] }, { required: ['until'] }],
        additionalProperties: false,
      },
    },
  ],
  [
    'core.end',
    {
      description: 'Ends the run with a status.',
      input: {
        type: 'object',
        properties: {
          status: { enum: ['succeeded', 'failed', 'canceled'] },
          message: { type: 'string' },
          outputs: { type: 'object' },
        },
        additionalProperties: false,
      },
    },
  ],
  [
    'core.fail',
    {
      description: 'Fails.',
      input: {
        type: 'object',
        properties: { message: { type: 'string' }, retryable: { type: 'boolean' } },
        additionalProperties: false,
      },
    },
  ],
]);

/** The steps that the interpreter evaluates itself. */
export const CORE_STEPS: StepCatalog = {
  find: (uses) => CONTRACTS.get(uses),
  names: () => CONTRACTS.keys(),
};
