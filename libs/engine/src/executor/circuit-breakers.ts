import { PlatformError } from '@ia-modules/plugin-sdk';
import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleWhenResult,
} from 'cockatiel';

/** When a circuit opens, and for how long. */
export type CircuitPolicy = {
  /** How many failures in a row open a circuit. @default 5 */
  readonly failureCount?: number;
  /** How long it then stays open before one call is let through to try. @default 30_000 */
  readonly coolDownMs?: number;
  /**
   * How many circuits are kept for one tenant. Beyond them the one that was used least recently is forgotten, closed ones first.
   * @default 500
   */
  readonly maxPerTenant?: number;
};

/** What an error says about the service that was called: it is at fault, nothing since nobody waited, or it did its work. */
export type CallVerdict = 'failing' | 'canceled' | 'working';

export type CircuitCall<T> = {
  /** Tenants have circuits of their own. */
  readonly tenant: string;
  /** What is called, as people know it: `the host api.example.com`. */
  readonly target: string;
  readonly run: () => Promise<T>;
  readonly judge: (error: unknown) => CallVerdict;
};

/** The circuits of a process. */
export type CircuitBreakers = {
  /**
   * Makes the call unless its circuit is open.
   * @throws PlatformError `IA_CIRCUIT_OPEN`, which may be retried, or what the call throws
   */
  call<T>(call: CircuitCall<T>): Promise<T>;
};

type Circuit = { readonly breaker: CircuitBreakerPolicy; opensUntil: number };
type Outcome<T> = { readonly output: T } | { readonly failure: unknown };

/** Tenants that called nothing for longest are forgotten beyond them. */
const MAX_TENANTS = 1_000;

/** Starts with every circuit closed; share one among all runs of a process. */
export const createCircuitBreakers = ({
  failureCount = 5,
  coolDownMs = 30_000,
  maxPerTenant = 500,
}: CircuitPolicy = {}): CircuitBreakers => {
  const tenants = new Map<string, Map<string, Circuit>>();
  const circuitOf = (tenant: string, target: string): Circuit => {
    const circuits = tenants.get(tenant) ?? new Map<string, Circuit>();
    useLast(tenants, tenant, circuits);
    for (const oldest of tenants.size > MAX_TENANTS ? tenants.keys().take(1) : []) tenants.delete(oldest);
    const circuit = circuits.get(target) ?? createCircuit({ failureCount, coolDownMs });
    if (!circuits.has(target) && circuits.size >= maxPerTenant) forgetOne(circuits);
    useLast(circuits, target, circuit);
    return circuit;
  };
  return {
    call: async (call) => {
      const circuit = circuitOf(call.tenant, call.target);
      const { breaker } = circuit;
      // One call tries the service out; the library would let the others wait for it.
      if (breaker.state === CircuitState.HalfOpen) throw circuitOpen(call.target, circuit);
      const outcome = await breaker
        .execute(() => attempt(call, breaker))
        .catch((error: unknown) => {
          throw error instanceof BrokenCircuitError ? circuitOpen(call.target, circuit) : error;
        });
      if ('failure' in outcome) throw outcome.failure;
      return outcome.output;
    },
  };
};

/** The one used last stands last, so that the first is the one to forget. */
const useLast = <T>(map: Map<string, T>, key: string, value: T): void => {
  map.delete(key);
  map.set(key, value);
};

const forgetOne = (circuits: Map<string, Circuit>): void => {
  const closed = circuits.entries().find(([, { breaker }]) => breaker.state === CircuitState.Closed);
  const [target] = closed ?? circuits.entries().next().value ?? [];
  if (target !== undefined) circuits.delete(target);
};

const createCircuit = ({ failureCount, coolDownMs }: Required<Omit<CircuitPolicy, 'maxPerTenant'>>): Circuit => {
  const breaker = circuitBreaker(
    handleWhenResult((outcome) => typeof outcome === 'object' && outcome !== null && 'failure' in outcome),
    { halfOpenAfter: coolDownMs, breaker: new ConsecutiveBreaker(failureCount) },
  );
  const circuit: Circuit = { breaker, opensUntil: 0 };
  breaker.onBreak(() => {
    circuit.opensUntil = Date.now() + coolDownMs;
  });
  return circuit;
};

/** What is thrown leaves a closed circuit as it is; a failure is returned, and counts. */
const attempt = async <T>({ run, judge }: CircuitCall<T>, breaker: CircuitBreakerPolicy): Promise<Outcome<T>> => {
  try {
    return { output: await run() };
  } catch (error) {
    const verdict = judge(error);
    const isInconclusive = verdict === 'canceled' && breaker.state === CircuitState.HalfOpen;
    if (verdict === 'failing' || isInconclusive) return { failure: error };
    throw error;
  }
};

const circuitOpen = (target: string, { breaker, opensUntil }: Circuit): PlatformError => {
  const until = new Date(opensUntil).toISOString();
  return new PlatformError({
    code: 'IA_CIRCUIT_OPEN',
    message: `Calls to ${target} failed so often that none is made for now.`,
    hint:
      breaker.state === CircuitState.HalfOpen
        ? 'One call tries it out; the others may follow when that one ends well.'
        : `It is tried again after ${until}.`,
    fault: 'infra',
    disposition: 'retry',
    details: { target, until },
  });
};
