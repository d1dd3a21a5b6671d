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

const MAX_CIRCUITS = 10_000;

/** Starts with every circuit closed; share one among all runs of a process. */
export const createCircuitBreakers = ({
  failureCount = 5,
  coolDownMs = 30_000,
}: CircuitPolicy = {}): CircuitBreakers => {
  const circuits = new Map<string, Circuit>();
  const circuitOf = (key: string): Circuit => {
    const circuit = circuits.get(key) ?? createCircuit({ failureCount, coolDownMs });
    // The one used last stands last, so that the first is the one to forget.
    circuits.delete(key);
    circuits.set(key, circuit);
    for (const oldest of circuits.size > MAX_CIRCUITS ? circuits.keys().take(1) : []) circuits.delete(oldest);
    return circuit;
  };
  return {
    call: async (call) => {
      const circuit = circuitOf(JSON.stringify([call.tenant, call.target]));
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

const createCircuit = ({ failureCount, coolDownMs }: Required<CircuitPolicy>): Circuit => {
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
