import { expectTypeOf } from 'vitest';
import type { ResolveService } from './service-definition.ts';
import { defineService, type ServiceKey } from './service-key.ts';
import { createServiceRegistry } from './service-registry.ts';

type Clock = { readonly now: () => number };
const clock = defineService<Clock>('clock');
const registry = createServiceRegistry();
const scope = registry.openProcess();

expectTypeOf(clock).toEqualTypeOf<ServiceKey<Clock>>();
expectTypeOf(scope.resolve(clock)).toEqualTypeOf<Promise<Clock>>();
expectTypeOf(scope.openRun().openStep().resolve).toEqualTypeOf<ResolveService>();

registry.register(clock, { lifetime: 'process', create: () => ({ now: () => 0 }), dispose: (made) => void made.now() });
registry.register(clock, { lifetime: 'run', create: async (resolve) => ({ now: (await resolve(clock)).now }) });

// @ts-expect-error the service is not what its key says
registry.register(clock, { lifetime: 'process', create: () => ({ now: () => 'noon' }) });
// @ts-expect-error there is no such lifetime
registry.register(clock, { lifetime: 'request', create: () => ({ now: () => 0 }) });
// @ts-expect-error a key of one type is no key of another
expectTypeOf<ServiceKey<Clock>>().toExtend<ServiceKey<string>>();
// @ts-expect-error scopes of steps hold no scopes
scope.openRun().openStep().openStep();
