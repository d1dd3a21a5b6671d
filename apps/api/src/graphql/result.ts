import type { Diagnostic, Effect } from '@ia-modules/engine';
import { PlatformError } from '@ia-modules/plugin-sdk';
import type { ObjectRef } from '@pothos/core';
import { type BuilderTypes, builder } from './builder.ts';
import { DiagnosticRef, RunEffectRef } from './refs.ts';

type ErrorFields = { readonly code: string; readonly message: string; readonly hint: string | null };
type ErrorShape<Kind extends string> = ErrorFields & { readonly kind: Kind };

type ExpectedError =
  | ErrorShape<'NotFound'>
  | ErrorShape<'Forbidden'>
  | ErrorShape<'Unauthenticated'>
  | ErrorShape<'QuotaExceeded'>
  | (ErrorShape<'Conflict'> & { readonly currentVersion: number | null })
  | (ErrorShape<'EffectsUnknown'> & { readonly effects: readonly Effect[] })
  | (ErrorShape<'ValidationFailed'> & { readonly diagnostics: readonly Diagnostic[] });

const ErrorRef = builder.interfaceRef<ErrorFields>('Error').implement({
  description: 'An expected failure of a mutation.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code, `IA_<AREA>_<WHAT>`.' }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
    hint: t.exposeString('hint', { nullable: true, description: 'What to do next.' }),
  }),
});

const implementError = <Kind extends 'NotFound' | 'Forbidden' | 'Unauthenticated' | 'QuotaExceeded'>(
  kind: Kind,
  description: string,
) => builder.objectRef<ErrorShape<Kind>>(kind).implement({ description, interfaces: [ErrorRef] });

const NotFoundRef = implementError('NotFound', 'There is nothing with this id that the viewer may see.');
const ForbiddenRef = implementError('Forbidden', 'The viewer is a member, but may not do this.');
const UnauthenticatedRef = implementError('Unauthenticated', 'Nobody is signed in.');

const QuotaExceededRef = implementError(
  'QuotaExceeded',
  'A quota of the tenant is used up; `Tenant.usage` shows them all, and the message says when there is room again.',
);

const ConflictRef = builder.objectRef<Extract<ExpectedError, { kind: 'Conflict' }>>('Conflict').implement({
  description: 'Someone else changed it first, the name is taken, or its state does not allow this.',
  interfaces: [ErrorRef],
  fields: (t) => ({
    currentVersion: t.exposeInt('currentVersion', {
      nullable: true,
      description: "The pipeline's revision now, where that is what differs.",
    }),
  }),
});

const ValidationFailedRef = builder
  .objectRef<Extract<ExpectedError, { kind: 'ValidationFailed' }>>('ValidationFailed')
  .implement({
    description: 'The input is not valid; the diagnostics say where.',
    interfaces: [ErrorRef],
    fields: (t) => ({
      diagnostics: t.expose('diagnostics', { description: 'Everything that was found.', type: [DiagnosticRef] }),
    }),
  });

/** Only where runs are made out of others: everywhere else it can't happen. */
export const EffectsUnknownRef = builder
  .objectRef<Extract<ExpectedError, { kind: 'EffectsUnknown' }>>('EffectsUnknown')
  .implement({
    description: 'Nobody knows what became of effects that would be repeated: answer for each of them in `effects`.',
    interfaces: [ErrorRef],
    fields: (t) => ({
      effects: t.field({
        description: 'Those to answer for.',
        type: [RunEffectRef],
        resolve: ({ effects }) => [...effects],
      }),
    }),
  });

const ERROR_REFS = [
  ConflictRef,
  ForbiddenRef,
  NotFoundRef,
  QuotaExceededRef,
  UnauthenticatedRef,
  ValidationFailedRef,
] as const;

type SuccessShape = { readonly kind: string };

/** The union of a mutation's success and the errors that it may answer. */
export const resultUnion = <Success extends SuccessShape>(
  name: string,
  success: ObjectRef<BuilderTypes, Success, Success>,
  moreErrors: readonly (typeof EffectsUnknownRef)[] = [],
) =>
  builder.unionType(name, {
    types: [success, ...ERROR_REFS, ...moreErrors],
    resolveType: (value: { readonly kind: string }) => value.kind,
  });

/** As `resultUnion`, for a mutation that may also have to wait for somebody. */
export const waitingResultUnion = <Success extends SuccessShape, Waiting extends SuccessShape>(
  name: string,
  success: ObjectRef<BuilderTypes, Success, Success>,
  waiting: ObjectRef<BuilderTypes, Waiting, Waiting>,
  moreErrors: readonly (typeof EffectsUnknownRef)[] = [],
) =>
  builder.unionType(name, {
    types: [success, waiting, ...ERROR_REFS, ...moreErrors],
    resolveType: (value: { readonly kind: string }) => value.kind,
  });

const diagnosticsOf = (error: PlatformError): readonly Diagnostic[] => {
  const diagnostics = error.details?.['diagnostics'];
  if (Array.isArray(diagnostics)) return diagnostics as readonly Diagnostic[];
  const { code, message, hint } = error;
  return [{ code, severity: 'error', path: '$', line: null, column: null, message, hint: hint ?? null }];
};

const toExpectedError = (error: PlatformError): ExpectedError | null => {
  const fields = { code: error.code, message: error.message, hint: error.hint ?? null };
  switch (error.code) {
    case 'IA_API_NOT_FOUND':
      return { kind: 'NotFound', ...fields };
    case 'IA_API_FORBIDDEN':
    case 'IA_APPROVAL_NOT_ASSIGNEE':
    case 'IA_APPROVAL_SELF':
      return { kind: 'Forbidden', ...fields };
    case 'IA_API_UNAUTHENTICATED':
      return { kind: 'Unauthenticated', ...fields };
    case 'IA_API_QUOTA':
      return { kind: 'QuotaExceeded', ...fields };
    case 'IA_API_CONFLICT':
    case 'IA_APPROVAL_CLOSED':
    case 'IA_APPROVAL_VOTED':
    case 'IA_PLUGIN_ADVISORY':
    case 'IA_PLUGIN_BUILT_IN':
    case 'IA_PLUGIN_INCOMPATIBLE':
    case 'IA_PLUGIN_NOT_ALLOWED':
    case 'IA_PLUGIN_SIGNATURE':
    case 'IA_PLUGIN_TAKEN_DOWN':
    case 'IA_RUN_COMMAND':
    case 'IA_RUN_FORK':
    case 'IA_RUN_PRUNED': {
      const current = error.details?.['currentVersion'];
      return { kind: 'Conflict', ...fields, currentVersion: typeof current === 'number' ? current : null };
    }
    case 'IA_RUN_EFFECT_UNKNOWN':
      return { kind: 'EffectsUnknown', ...fields, effects: (error.details?.['effects'] ?? []) as readonly Effect[] };
    case 'IA_API_INVALID':
    case 'IA_APPROVAL_FORM':
    case 'IA_PIPELINE_INVALID':
    case 'IA_PLUGIN_DEPENDENCY':
      return { kind: 'ValidationFailed', ...fields, diagnostics: diagnosticsOf(error) };
    default:
      return null;
  }
};

/** Turns the errors that a mutation may answer into data; every other error stays one. */
export const answer = async <Success extends SuccessShape>(
  work: () => Promise<Success>,
): Promise<Success | ExpectedError> => {
  try {
    return await work();
  } catch (error) {
    const expected = error instanceof PlatformError ? toExpectedError(error) : null;
    if (expected === null) throw error;
    return expected;
  }
};
