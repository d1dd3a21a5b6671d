import { PlatformError } from '@ia-modules/plugin-sdk';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import type { ApiConfig } from '../config.ts';
import type { ApiServices } from '../context.ts';
import { logOperation } from '../operation-log.ts';
import { AnswerRoom } from '../traffic/answer-room.ts';
import { Admission, ITEM_ADMISSION_SETTINGS } from '../traffic/admission.ts';
import { RateBuckets } from '../traffic/rate-buckets.ts';
import { createDocuments, type KnownOperation } from './documents.ts';
import { maskError } from './mask-error.ts';
import { type OperationCall, payerOf } from './operation-call.ts';
import { type CostReport, codesOf, type OperationResult, refusedResult } from './operation-result.ts';
import { createPersistedDocuments } from './persisted-documents.ts';
import { type OperationEnvironment, PreparedOperation } from './prepared-operation.ts';
import { schema } from './schema.ts';

export const GRAPHQL_PATH = '/graphql';
export const MAX_BODY_BYTES = 1_000_000;

/** What a document that is refused costs: it had to be read all the same. */
const REFUSED_COST = 10;

/** Executes operations of every transport under the same limits. */
export type GraphqlServer = {
  /** Everything before resolvers: the document, its cost, and who pays. */
  readonly prepare: (call: OperationCall) => OperationResult | PreparedOperation;
  /** Where answers wait until they are read. */
  readonly answers: AnswerRoom;
};

const notReadOnly = (): GraphQLError =>
  new GraphQLError('A GET can not change anything.', {
    extensions: { code: 'IA_API_INVALID', hint: 'Send mutations with POST.' },
  });

const rateLimited = (retryAfterSeconds: number): PlatformError =>
  new PlatformError({
    code: 'IA_API_RATE_LIMIT',
    message: `The operation costs more than is left; there is room in ${retryAfterSeconds} s.`,
    hint: 'Send it again after the time in `Retry-After`, or ask for less at once.',
    disposition: 'retry',
    details: { status: 429, retryAfterSeconds },
  });

const NOT_ALLOWED = 405;

type Refusal = {
  readonly call: OperationCall;
  /** Null when no valid one was found. */
  readonly operation: KnownOperation | null;
  readonly result: OperationResult;
  readonly startedMs: number;
};

const logRefusal = (logger: Logger, { call, operation, result, startedMs }: Refusal): void =>
  logOperation(logger, {
    transport: call.transport,
    type: operation?.definition.operation ?? 'invalid',
    name: operation?.name ?? null,
    documentHash: operation?.hash ?? null,
    principal: call.caller.principal,
    tenantIds: [],
    status: result.status,
    codes: codesOf(result.body),
    cost: 0,
    durationMs: performance.now() - startedMs,
    traceId: call.origin.requestId,
  });

/** Of an operation that was not executed. */
const reportRefused = (buckets: RateBuckets, payer: string, requested: number): CostReport => {
  const { capacity, restorePerSecond } = buckets.settings;
  return { requested, actual: 0, bucket: { capacity, available: buckets.settle(payer, 0), restorePerSecond } };
};

const createEnvironment = ({ transport }: ApiConfig, services: ApiServices): OperationEnvironment => ({
  schema,
  services,
  buckets: new RateBuckets(transport.rate),
  admission: new Admission(),
  itemAdmission: new Admission(ITEM_ADMISSION_SETTINGS),
  timeoutMs: transport.operationTimeoutMs,
});

export const createGraphqlServer = (config: ApiConfig, services: ApiServices): GraphqlServer => {
  const documents = createDocuments(schema, config);
  const persisted = createPersistedDocuments(config.transport.persisted);
  const environment = createEnvironment(config, services);
  const { buckets } = environment;
  const { logger } = services;

  return {
    answers: new AnswerRoom(),
    prepare(call) {
      const startedMs = performance.now();
      const payer = payerOf(call);
      const mask = (error: unknown): GraphQLError => maskError(error, { logger, traceId: call.origin.requestId });
      let operation: KnownOperation | null = null;
      const refuse = (error: unknown, cost?: CostReport): OperationResult => {
        const result = refusedResult(error, mask, cost);
        logRefusal(logger, { call, operation, result, startedMs });
        return result;
      };

      let requestedCost: number;
      try {
        operation = documents.find(persisted.resolve(call.params), call.params.operationName);
        requestedCost = operation.cost.requested(call.params.variables);
      } catch (error) {
        buckets.settle(payer, -REFUSED_COST);
        return refuse(error);
      }
      if (call.isReadOnly === true && operation.definition.operation === OperationTypeNode.MUTATION) {
        return { ...refuse(notReadOnly()), status: NOT_ALLOWED };
      }
      const withdrawal = buckets.withdraw(payer, requestedCost);
      if (!withdrawal.isGranted) {
        return refuse(rateLimited(withdrawal.retryAfterSeconds), reportRefused(buckets, payer, requestedCost));
      }
      return new PreparedOperation({ environment, call, operation, payer, requestedCost, mask, startedMs });
    },
  };
};
