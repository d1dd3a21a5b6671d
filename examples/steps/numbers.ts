import { defineService, type ServiceRegistry, type TrustedStepContext } from '@ia-modules/engine';

/** A service: numbers without gaps within a run. */
const numbers = defineService<{ next(): number }>('numbers');

export const register = (registry: ServiceRegistry): void => {
  registry.register(numbers, {
    lifetime: 'run',
    create: () => {
      let last = 0;
      return { next: () => (last += 1) };
    },
  });
};

/** A step that asks for a service. */
export const takeNumber = async (_input: unknown, { services }: TrustedStepContext) => ({
  number: (await services(numbers)).next(),
});
