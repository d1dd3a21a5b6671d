import { PlatformError } from '@ia-modules/plugin-sdk';
import type { FindRegistration, Registration, ResolveService, ServiceLifetime } from './service-definition.ts';
import type { ServiceKey } from './service-key.ts';

/** Where services live. Ends with `await using`, or by `[Symbol.asyncDispose]()`. */
export type ServiceScope = AsyncDisposable & {
  readonly lifetime: ServiceLifetime;
  /**
   * Gives a service of this scope or of one around it.
   * @throws PlatformError `IA_SERVICE_MISSING`, `IA_SERVICE_CIRCULAR`, `IA_SERVICE_LIFETIME`, `IA_SERVICE_DISPOSED`, or what its
   * creation throws
   */
  readonly resolve: ResolveService;
};
/** Where the services of a run live; attempts open theirs within. */
export type RunScope = ServiceScope & { openStep(): ServiceScope };
/** Where the services of a process live; runs open theirs within. */
export type ProcessScope = ServiceScope & { openRun(): RunScope };

/** A service that is being made or is there. */
type Entry = {
  readonly registration: Registration;
  readonly service: Promise<unknown>;
  /** What its creation waits for right now; empty once it is there. */
  readonly awaits: Set<Entry>;
};
type Made = { readonly name: string; readonly dispose: () => void | Promise<void> };

const LIFETIMES: readonly ServiceLifetime[] = ['process', 'run', 'step'];
const livesLonger = (one: ServiceLifetime, other: ServiceLifetime): boolean =>
  LIFETIMES.indexOf(one) < LIFETIMES.indexOf(other);

class Scope implements RunScope, ProcessScope {
  readonly lifetime: ServiceLifetime;
  readonly #find: FindRegistration;
  readonly #parent: Scope | undefined;
  readonly #children = new Set<Scope>();
  readonly #entries = new Map<Registration, Entry>();
  /** In the order in which their creation ended: a service comes after what it needs. */
  readonly #made: Made[] = [];
  #disposal: Promise<void> | undefined;

  constructor({ lifetime, find, parent }: ScopeInit) {
    this.lifetime = lifetime;
    this.#find = find;
    this.#parent = parent;
  }

  readonly resolve: ResolveService = async (key) => (await this.#resolve(key as ServiceKey<unknown>)) as never;

  openRun(): RunScope {
    return this.#open('run');
  }

  openStep(): ServiceScope {
    return this.#open('step');
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  #open(lifetime: ServiceLifetime): Scope {
    this.#refuseWhenEnded(`a scope of a ${lifetime}`);
    const child = new Scope({ lifetime, find: this.#find, parent: this });
    this.#children.add(child);
    return child;
  }

  #resolve(key: ServiceKey<unknown>, wantedBy?: Entry): Promise<unknown> {
    const registration = this.#find(key, wantedBy?.registration.name);
    if (livesLonger(this.lifetime, registration.lifetime)) throw this.#tooShortLived(registration, wantedBy);
    const entry = this.#ownerOf(registration.lifetime).#enter(registration);
    if (wantedBy === undefined) return entry.service;
    const circle = pathBetween(entry, wantedBy);
    if (circle !== undefined) throw circularServices([...circle, entry]);
    wantedBy.awaits.add(entry);
    return entry.service.finally(() => wantedBy.awaits.delete(entry));
  }

  #ownerOf(lifetime: ServiceLifetime): Scope {
    return this.lifetime === lifetime || this.#parent === undefined ? this : this.#parent.#ownerOf(lifetime);
  }

  #enter(registration: Registration): Entry {
    const known = this.#entries.get(registration);
    if (known !== undefined && this.#disposal === undefined) return known;
    this.#refuseWhenEnded(`the service '${registration.name}'`);
    const { promise: service, resolve } = Promise.withResolvers<unknown>();
    const entry: Entry = { registration, service, awaits: new Set() };
    this.#entries.set(registration, entry);
    // Not at once: whoever wants it is to be known as waiting before its creation asks for others.
    queueMicrotask(() => resolve(this.#create(entry)));
    return entry;
  }

  async #create(entry: Entry): Promise<unknown> {
    const { registration } = entry;
    const resolve: ResolveService = async (key) => (await this.#resolve(key as ServiceKey<unknown>, entry)) as never;
    try {
      const service = await registration.create(resolve);
      this.#made.push({ name: registration.name, dispose: () => disposeService(registration, service) });
      return service;
    } catch (error) {
      this.#entries.delete(registration);
      throw error;
    }
  }

  async #dispose(): Promise<void> {
    const errors: unknown[] = [];
    for (const child of [...this.#children].toReversed()) {
      await child[Symbol.asyncDispose]().catch((error: unknown) =>
        errors.push(...(error instanceof AggregateError ? (error.errors as unknown[]) : [error])),
      );
    }
    await Promise.allSettled([...this.#entries.values()].map(({ service }) => service));
    for (const { dispose } of this.#made.toReversed()) {
      try {
        await dispose();
      } catch (error) {
        errors.push(error);
      }
    }
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
    if (errors.length > 0) {
      throw new AggregateError(
        errors,
        `${errors.length} of the services of this ${this.lifetime} could not be disposed of.`,
      );
    }
  }

  #refuseWhenEnded(what: string): void {
    if (this.#disposal === undefined) return;
    throw new PlatformError({
      code: 'IA_SERVICE_DISPOSED',
      message: `This ${this.lifetime} has ended: ${what} can not be had any more.`,
      fault: 'bug',
    });
  }

  #tooShortLived({ name, lifetime }: Registration, wantedBy: Entry | undefined): PlatformError {
    const owner =
      wantedBy === undefined
        ? `A scope of a ${this.lifetime}`
        : `'${wantedBy.registration.name}', which lives as long as a ${this.lifetime},`;
    return new PlatformError({
      code: 'IA_SERVICE_LIFETIME',
      message: `${owner} can not use '${name}', which lives as long as a ${lifetime}.`,
      hint: `Give '${name}' the lifetime '${this.lifetime}', or what uses it the lifetime '${lifetime}'.`,
    });
  }
}

type ScopeInit = {
  readonly lifetime: ServiceLifetime;
  readonly find: FindRegistration;
  readonly parent?: Scope | undefined;
};

/** Opens a scope without one around it. */
export const openScope = (init: Omit<ScopeInit, 'parent'>): ProcessScope => new Scope(init);

/** From one entry along what it waits for to another; undefined when it does not wait for it. */
const pathBetween = (from: Entry, to: Entry, seen = new Set<Entry>()): readonly Entry[] | undefined => {
  if (from === to) return [from];
  if (seen.has(from)) return undefined;
  seen.add(from);
  for (const next of from.awaits) {
    const rest = pathBetween(next, to, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
};

const circularServices = (path: readonly Entry[]): PlatformError =>
  new PlatformError({
    code: 'IA_SERVICE_CIRCULAR',
    message: `Services need each other in a circle: ${path.map(({ registration }) => registration.name).join(' → ')}.`,
    hint: 'Let one of them ask for the other when it is used, not when it is made.',
  });

const disposeService = async ({ dispose }: Registration, service: unknown): Promise<void> => {
  if (dispose !== undefined) await dispose(service);
  else if (isDisposable(service, Symbol.asyncDispose)) await service[Symbol.asyncDispose]();
  else if (isDisposable(service, Symbol.dispose)) service[Symbol.dispose]();
};

const isDisposable = <S extends symbol>(value: unknown, method: S): value is Record<S, () => unknown> =>
  typeof value === 'object' && value !== null && typeof (value as Record<symbol, unknown>)[method] === 'function';
