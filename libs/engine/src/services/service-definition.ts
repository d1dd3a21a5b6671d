import type { ServiceKey } from './service-key.ts';

/** How long a service lives: as long as the process, one run, or one attempt of a step. */
export type ServiceLifetime = 'process' | 'run' | 'step';

/** Gives a service, made on first use. */
export type ResolveService = <T>(key: ServiceKey<T>) => Promise<T>;

/** How a service is made, how long it lives, and how it ends. */
export type ServiceInit<T> = {
  readonly lifetime: ServiceLifetime;
  /** Makes the service, once in each scope of its lifetime. A failure is not kept: the next one who asks tries again. */
  readonly create: (resolve: ResolveService) => T | Promise<T>;
  /** @default the service's own `Symbol.asyncDispose` or `Symbol.dispose`, when it has one */
  readonly dispose?: (service: T) => void | Promise<void>;
};

/** A registered service whose type only its key knows. */
export type Registration = ServiceInit<unknown> & { readonly name: string };

/** @throws PlatformError `IA_SERVICE_MISSING` */
export type FindRegistration = (key: ServiceKey<unknown>, wantedBy: string | undefined) => Registration;
