import { setTimeout as delay } from 'node:timers/promises';
import { type ExecutionResult, execute, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { type ApiContext, type ApiServices, createContext } from '../context.ts';
import { logOperation } from '../operation-log.ts';
import { OperationLifetime } from '../operation-lifetime.ts';
import type { Admission } from '../traffic/admission.ts';
import type { RateBuckets } from '../traffic/rate-buckets.ts';
import type { KnownOperation } from './documents.ts';
import { type OperationCall, sharerOf } from './operation-call.ts';
import {
  type CostReport,
  codesOf,
  formatErrors,
  type MaskError,
  type OperationBody,
  type OperationResult,
  type OperationStream,
  refusedResult,
} from './operation-result.ts';
import { subscribeShared } from './subscribe-shared.ts';

/** What operations of one server have in common. */
export type OperationEnvironment = {
  readonly schema: GraphQLSchema;
  readonly services: ApiServices;
  readonly buckets: RateBuckets;
  readonly admission: Admission;
  /** Of what subscriptions execute for one subscriber alone. */
  readonly itemAdmission: Admission;
  readonly timeoutMs: number;
};

export type PreparedInit = {
  readonly environment: OperationEnvironment;
  readonly call: OperationCall;
  readonly operation: KnownOperation;
  readonly payer: string;
  /** Has been withdrawn from the payer's bucket. */
  readonly requestedCost: number;
  readonly mask: MaskError;
  readonly startedMs: number;
};

const OK = 200;
const BAD_REQUEST = 400;
const MS_PER_SECOND = 1_000;

const isStream = (value: object): value is AsyncIterableIterator<ExecutionResult> => Symbol.asyncIterator in value;

/** An operation that may be executed, once. */
export class PreparedOperation {
  readonly kind = 'prepared';
  readonly #init: PreparedInit;
  readonly #lifetime: OperationLifetime;
  #context: ApiContext | null = null;
  #release: (() => void) | null = null;

  constructor(init: PreparedInit) {
    this.#init = init;
    this.#lifetime = new OperationLifetime(init.environment.timeoutMs);
  }

  get operation(): KnownOperation {
    return this.#init.operation;
  }

  get isSubscription(): boolean {
    return this.operation.definition.operation === OperationTypeNode.SUBSCRIPTION;
  }

  /** Nobody waits for the answer any more: what runs for it is cancelled. */
  abandon(): void {
    this.#lifetime.end('gone');
  }

  async run(): Promise<OperationResult | OperationStream> {
    try {
      const { environment, call } = this.#init;
      const admitted = environment.admission.enter(sharerOf(call));
      this.#release = typeof admitted === 'function' ? admitted : await admitted;
      this.#lifetime.throwIfEnded();
      const outcome = await this.#withinLifetime(this.#execute());
      return isStream(outcome) ? this.#stream(outcome) : this.#finish(this.#resultOf(outcome));
    } catch (error) {
      return this.#finish(refusedResult(error, this.#init.mask, this.#settle(0)));
    }
  }

  #execute(): ReturnType<typeof execute> | ReturnType<typeof subscribeShared> {
    const { environment, call, operation } = this.#init;
    const { schema, services } = environment;
    this.#context = createContext({ services, ...call.caller, origin: call.origin, lifetime: this.#lifetime });
    const args = {
      schema,
      document: operation.document,
      contextValue: this.#context,
      variableValues: call.params.variables,
      operationName: operation.name,
    };
    return this.isSubscription ? subscribeShared({ ...args, admitItem: () => this.#admitItem() }) : execute(args);
  }

  /** An item costs as much as the operation, and waits until it can be paid: nothing that is subscribed to is left out. */
  async #admitItem(): Promise<(data: unknown) => void> {
    const { environment, call, operation, payer, requestedCost } = this.#init;
    const { buckets, itemAdmission } = environment;
    for (;;) {
      const withdrawal = buckets.withdraw(payer, requestedCost);
      if (withdrawal.isGranted) break;
      await this.#pause(withdrawal.retryAfterSeconds * MS_PER_SECOND);
    }
    const release = await itemAdmission.enter(sharerOf(call));
    const leave = (data: unknown): void => {
      release();
      buckets.settle(payer, requestedCost - (data == null ? 0 : operation.cost.actual(data)));
    };
    if (this.#lifetime.error === null) return leave;
    leave(null);
    throw this.#lifetime.error;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#lifetime.signal }).catch(() => undefined);
    this.#lifetime.throwIfEnded();
  }

  /** Resolvers that don't notice the end of their time must not keep the answer back. */
  async #withinLifetime<T>(work: T | Promise<T>): Promise<T> {
    if (!(work instanceof Promise)) return work;
    const ended = Promise.withResolvers<never>();
    this.#lifetime.onEnd(() => ended.reject(this.#lifetime.error));
    // Its own failure after that is nobody's business any more.
    work.catch(() => undefined);
    return await Promise.race([work, ended.promise]);
  }

  #resultOf({ data, errors }: ExecutionResult): OperationResult {
    const { operation, mask } = this.#init;
    const cost = this.#settle(data == null ? 0 : operation.cost.actual(data));
    const body = {
      ...(errors !== undefined && { errors: formatErrors(errors, mask) }),
      ...(data !== undefined && { data }),
      ...(cost !== undefined && { extensions: { cost } }),
    };
    // Without data nothing was executed: a variable did not fit.
    return { kind: 'result', body, status: data === undefined ? BAD_REQUEST : OK, retryAfterSeconds: null };
  }

  /** Gives back what was not needed. A subscription has paid for its start. */
  #settle(actual: number): CostReport | undefined {
    if (this.isSubscription) return undefined;
    const { environment, payer, requestedCost: requested } = this.#init;
    const { capacity, restorePerSecond } = environment.buckets.settings;
    const available = environment.buckets.settle(payer, requested - actual);
    return { requested, actual, bucket: { capacity, available, restorePerSecond } };
  }

  #finish(result: OperationResult): OperationResult {
    this.#log(result.status, result.body);
    this.#end();
    return result;
  }

  #end(): void {
    this.#lifetime.end('done');
    const release = this.#release;
    this.#release = null;
    const closed = this.#context?.session.close() ?? Promise.resolve();
    void closed.finally(() => release?.());
  }

  #stream(items: AsyncIterableIterator<ExecutionResult>): OperationStream {
    const { mask } = this.#init;
    this.#lifetime.settle();
    this.#release?.();
    this.#release = null;
    this.#log(OK, {});
    const bodyOf = async ({ data, errors }: ExecutionResult): Promise<OperationBody> => {
      await this.#context?.session.close();
      return {
        ...(errors !== undefined && { errors: formatErrors(errors, mask) }),
        ...(data !== undefined && { data }),
      };
    };
    const end = (): { readonly done: true; readonly value: undefined } => {
      this.#end();
      return { done: true, value: undefined };
    };
    const stream: AsyncIterableIterator<OperationBody> = {
      next: async () => {
        try {
          const { done, value } = await items.next();
          return done === true ? end() : { done: false, value: await bodyOf(value) };
        } catch (error) {
          this.#end();
          throw mask(error);
        }
      },
      return: async () => {
        this.abandon();
        await items.return?.();
        return end();
      },
      [Symbol.asyncIterator]: () => stream,
    };
    return { kind: 'stream', items: stream };
  }

  #log(status: number, body: OperationBody): void {
    const { environment, call, operation, startedMs, requestedCost } = this.#init;
    logOperation(environment.services.logger, {
      transport: call.transport,
      type: operation.definition.operation,
      name: operation.name,
      documentHash: operation.hash,
      principal: call.caller.principal,
      tenantIds: this.#context?.session.tenantIds ?? [],
      status,
      codes: codesOf(body),
      cost: body.extensions?.cost?.actual ?? requestedCost,
      durationMs: performance.now() - startedMs,
      traceId: call.origin.requestId,
    });
  }
}
