import type { JsonObject } from '@ia-modules/plugin-sdk';
import type { StepCatalog, StepContract } from '../ports/step-catalog.ts';

const closed = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});

const TEXT: JsonObject = { type: 'string' };
const NAMES: JsonObject = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 };

const APPROVAL_INPUT = closed({
  title: TEXT,
  description: TEXT,
  form: { type: 'object' },
  assignees: NAMES,
  quorum: { type: 'integer', minimum: 1 },
  deadline: TEXT,
  on_deadline: { enum: ['fail', 'approve', 'reject'] },
  escalation: {
    type: 'array',
    minItems: 1,
    items: closed({ after: { type: 'string', format: 'duration' }, to: NAMES }, { required: ['after', 'to'] }),
  },
  no_self_approval: { type: 'boolean' },
  on_reject: { enum: ['fail', 'continue'] },
});

const APPROVAL_OUTPUT = closed({
  approved: { type: 'boolean' },
  decisions: { type: 'array', items: { type: 'object' } },
  values: { type: 'object' },
});

const CONTRACTS: ReadonlyMap<string, StepContract> = new Map<string, StepContract>([
  ['core.noop', { description: 'Does nothing and returns its input.' }],
  [
    'core.wait',
    {
      description: 'Waits for a duration, until a time, or for a signal.',
      input: closed(
        { duration: TEXT, until: TEXT, signal: { type: 'string', minLength: 1, maxLength: 256 } },
        { minProperties: 1, maxProperties: 1 },
      ),
    },
  ],
  [
    'core.end',
    {
      description: 'Ends the run with a status.',
      input: closed({
        status: { enum: ['succeeded', 'failed', 'canceled'] },
        message: TEXT,
        outputs: { type: 'object' },
      }),
    },
  ],
  ['core.fail', { description: 'Fails.', input: closed({ message: TEXT, retryable: { type: 'boolean' } }) }],
  [
    'human.approval',
    { description: 'Waits until people approve or reject.', input: APPROVAL_INPUT, output: APPROVAL_OUTPUT },
  ],
]);

/** The steps that the interpreter evaluates itself. */
export const CORE_STEPS: StepCatalog = {
  find: (uses) => CONTRACTS.get(uses),
  names: () => CONTRACTS.keys(),
};
