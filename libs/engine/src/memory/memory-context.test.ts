import { durableContextTestsuite } from '../testing/durable-context.testsuite.ts';
import type { RunEvent } from '../run/events.ts';
import { runInMemory } from './run-in-memory.ts';

for (const clock of ['real', 'virtual'] as const) {
  durableContextTestsuite(`memory, ${clock} clock`, () => ({
    start: ({ definition, parameters = {}, executor }) => {
      const events: RunEvent[] = [];
      const controller = new AbortController();
      const run = runInMemory({
        definition,
        parameters,
        executor,
        clock,
        onEvent: (event) => events.push(event),
        signal: controller.signal,
      });
      return {
        cancel: (reason) => controller.abort(reason),
        finished: async () => {
          await run;
          return events;
        },
      };
    },
  }));
}
