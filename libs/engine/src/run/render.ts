import type { Json } from '@ia-modules/plugin-sdk';
import type { Scope } from '../expression/expression.ts';
import type { Template } from '../expression/template.ts';
import type { SecretSlot } from '../ports/durable-context.ts';
import type { Turn } from './decision.ts';
import type { Place } from './keys.ts';
import { createScope } from './scope.ts';

/** @throws PlatformError when an expression in the template can't be evaluated */
export const renderAt = <T extends Json>(turn: Turn, template: Template<T>, place: Place): T =>
  template.isConstant ? template.constant : template.render(scopeAt(turn, template.stepIds, place));

/** Where secrets stand in a rendered template; the rendering has `***` there. */
export const secretsAt = (turn: Turn, template: Template, place: Place): readonly SecretSlot[] =>
  template.secretNames.length === 0 ? [] : template.secretSlots(scopeAt(turn, template.stepIds, place));

const scopeAt = (turn: Turn, stepIds: readonly string[], place: Place): Scope =>
  createScope(turn.plan, turn.state, { runId: turn.facts.runId, stepIds, place });
