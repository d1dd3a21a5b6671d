import { durableContextTestsuite } from '../testing/durable-context.testsuite.ts';
import type { RunEvent } from '../run/events.ts';
import { startInMemory } from './run-in-memory.ts';
import { createSharedStores } from './shared-stores.ts';

for (const clock of ['real', 'virtual'] as const) {
  durableContextTestsuite(
    `memory, ${clock} clock`,
    () => ({
      start: ({ definition, parameters = {}, executor, pipelines }) => {
        const events: RunEvent[] = [];
        const controller = new AbortController();
        const { done, send } = startInMemory({
          definition,
          parameters,
          executor,
          pipelines,
          clock,
          stores: createSharedStores(),
          onEvent: (event) => events.push(event),
          signal: controller.signal,
        });
        return {
          cancel: (reason) => controller.abort(reason),
          send,
          finished: async () => {
            await done;
            return events;
          },
        };
      },
    }),
    ['commands', 'children', 'slots', 'cache', 'routers'],
  );
}
