import type { Operator } from './mutation.ts';
import { CHOICE_OPERATORS } from './operators/choices.ts';
import { CORE_STEP_OPERATORS } from './operators/core-steps.ts';
import { DURATION_OPERATORS } from './operators/durations.ts';
import { EXPRESSION_OPERATORS } from './operators/expressions.ts';
import { FLOW_OPERATORS } from './operators/flow.ts';
import { ID_OPERATORS } from './operators/ids.ts';
import { INPUT_OPERATORS } from './operators/inputs.ts';
import { JOIN_OPERATORS } from './operators/joins.ts';
import { KEY_OPERATORS } from './operators/keys.ts';
import { LOOP_OPERATORS } from './operators/loops.ts';
import { MAP_OPERATORS } from './operators/maps.ts';
import { PARAMETER_OPERATORS } from './operators/parameters.ts';
import { REFERENCE_OPERATORS } from './operators/references.ts';
import { ROUTING_OPERATORS } from './operators/routing.ts';
import { SECRET_OPERATORS } from './operators/secrets.ts';
import { TEXT_OPERATORS } from './operators/texts.ts';
import { TYPE_OPERATORS } from './operators/types.ts';
import { USES_OPERATORS } from './operators/uses.ts';

/** Every kind of mistake that the corpus makes. */
export const OPERATORS: readonly Operator[] = [
  ...KEY_OPERATORS,
  ...TYPE_OPERATORS,
  ...CHOICE_OPERATORS,
  ...ID_OPERATORS,
  ...FLOW_OPERATORS,
  ...LOOP_OPERATORS,
  ...JOIN_OPERATORS,
  ...ROUTING_OPERATORS,
  ...DURATION_OPERATORS,
  ...MAP_OPERATORS,
  ...USES_OPERATORS,
  ...INPUT_OPERATORS,
  ...CORE_STEP_OPERATORS,
  ...EXPRESSION_OPERATORS,
  ...REFERENCE_OPERATORS,
  ...SECRET_OPERATORS,
  ...PARAMETER_OPERATORS,
  ...TEXT_OPERATORS,
];
