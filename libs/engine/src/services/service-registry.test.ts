import { describe, expect, it } from 'vitest';
import { defineService } from './service-key.ts';
import { createServiceRegistry } from './service-registry.ts';

type Named = { readonly name: string };
const database = defineService<Named>('database');
const cache = defineService<Named>('cache');
const session = defineService<Named>('session');
const upload = defineService<Named>('upload');

/** A registry whose services write down when they come and go. */
const recording = () => {
  const log: string[] = [];
  const registry = createServiceRegistry();
  const init = (name: string) => ({
    create: (): Named => {
      log.push(`+${name}`);
      return { name };
    },
    dispose: (): void => {
      log.push(`-${name}`);
    },
  });
  return { log, registry, init };
};

describe('scopes', () => {
  it('make a service once in the scope of its lifetime, even when many ask at once', async () => {
    const { log, registry, init } = recording();
    registry.register(database, { lifetime: 'process', ...init('database') });
    registry.register(session, { lifetime: 'run', ...init('session') });
    registry.register(upload, { lifetime: 'step', ...init('upload') });
    await using process = registry.openProcess();
    const runs = [process.openRun(), process.openRun()];
    const steps = runs.flatMap((run) => [run.openStep(), run.openStep()]);
    const asked = [database, session, upload].flatMap((key) =>
      steps.flatMap((step) => [step.resolve(key), step.resolve(key)]),
    );
    const given = await Promise.all(asked);
    expect(log.filter((line) => line === '+database')).toHaveLength(1);
    expect(log.filter((line) => line === '+session')).toHaveLength(2);
    expect(log.filter((line) => line === '+upload')).toHaveLength(4);
    expect(new Set(given).size).toBe(7);
  });

  it('dispose of services in reverse order of creation, inner scopes first', async () => {
    const { log, registry, init } = recording();
    registry.register(database, { lifetime: 'process', ...init('database') });
    registry.register(cache, {
      lifetime: 'run',
      create: async (resolve) => {
        await resolve(database);
        return init('cache').create();
      },
      dispose: init('cache').dispose,
    });
    registry.register(upload, { lifetime: 'step', ...init('upload') });
    const process = registry.openProcess();
    const step = process.openRun().openStep();
    await step.resolve(upload);
    await step.resolve(cache);
    await process[Symbol.asyncDispose]();
    await process[Symbol.asyncDispose]();
    expect(log).toEqual(['+upload', '+database', '+cache', '-upload', '-cache', '-database']);
  });

  it('end by themselves with await using, and call the dispose methods that services have', async () => {
    const ended: string[] = [];
    const registry = createServiceRegistry()
      .register(session, {
        lifetime: 'run',
        create: () => ({ name: 'a', [Symbol.dispose]: () => void ended.push('a') }),
      })
      .register(cache, {
        lifetime: 'run',
        create: () => ({ name: 'b', [Symbol.asyncDispose]: async () => void ended.push('b') }),
      });
    {
      await using process = registry.openProcess();
      await using run = process.openRun();
      await run.resolve(session);
      await run.resolve(cache);
    }
    expect(ended).toEqual(['b', 'a']);
  });

  it('dispose of everything even when some of it fails', async () => {
    const { log, registry, init } = recording();
    const failing = (name: string) => () => Promise.reject(new Error(`${name} hangs`));
    registry.register(database, { lifetime: 'process', ...init('database') });
    registry.register(cache, { lifetime: 'run', create: init('cache').create, dispose: failing('cache') });
    registry.register(session, { lifetime: 'run', create: init('session').create, dispose: failing('session') });
    const process = registry.openProcess();
    const run = process.openRun();
    for (const key of [database, cache, session]) await run.resolve(key);
    const failure = await Promise.resolve(process[Symbol.asyncDispose]()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AggregateError);
    expect((failure as AggregateError).errors).toEqual([new Error('session hangs'), new Error('cache hangs')]);
    expect(log.at(-1)).toBe('-database');
  });

  it('wait for what is still being made before they dispose of it', async () => {
    const { log, registry, init } = recording();
    const gate = Promise.withResolvers<void>();
    registry.register(database, {
      lifetime: 'process',
      create: () => gate.promise.then(init('database').create),
      dispose: init('database').dispose,
    });
    const process = registry.openProcess();
    const asked = process.resolve(database);
    const disposed = process[Symbol.asyncDispose]();
    gate.resolve();
    await Promise.all([asked, disposed]);
    expect(log).toEqual(['+database', '-database']);
  });

  it('give nothing any more once they have ended', async () => {
    const { registry, init } = recording();
    registry.register(database, { lifetime: 'process', ...init('database') });
    const process = registry.openProcess();
    const run = process.openRun();
    await run.resolve(database);
    await process[Symbol.asyncDispose]();
    await expect(run.resolve(database)).rejects.toMatchObject({ code: 'IA_SERVICE_DISPOSED' });
    expect(() => run.openStep()).toThrow(expect.objectContaining({ code: 'IA_SERVICE_DISPOSED' }));
  });

  it('try again after a service could not be made', async () => {
    let attempts = 0;
    const registry = createServiceRegistry().register(database, {
      lifetime: 'process',
      create: () => {
        attempts += 1;
        if (attempts === 1) throw new Error('starting up');
        return { name: 'database' };
      },
    });
    await using process = registry.openProcess();
    await expect(Promise.all([process.resolve(database), process.resolve(database)])).rejects.toThrow('starting up');
    expect(await process.resolve(database)).toEqual({ name: 'database' });
    expect(attempts).toBe(2);
  });
});

describe('errors', () => {
  it('name what is missing, who needs it, and what was probably meant', async () => {
    const registry = createServiceRegistry()
      .register(database, { lifetime: 'process', create: () => ({ name: 'database' }) })
      .register(cache, { lifetime: 'run', create: (resolve) => resolve(defineService<Named>('databse')) });
    await using run = registry.openProcess().openRun();
    await expect(run.resolve(cache)).rejects.toMatchObject({
      code: 'IA_SERVICE_MISSING',
      message: "No service 'databse' is registered, and 'cache' needs it.",
      hint: "Did you mean 'database'?",
    });
    await expect(run.resolve(defineService('database'))).rejects.toMatchObject({
      hint: expect.stringContaining('under another key'),
    });
    await expect(run.resolve(defineService('mailer'))).rejects.toMatchObject({ hint: 'There are: cache, database.' });
    const empty = createServiceRegistry().openProcess();
    await expect(empty.resolve(cache)).rejects.toMatchObject({ hint: 'No services are registered at all.' });
  });

  it.each([[database], [cache], [session]])('name the circle whoever asks first: %o', async (first) => {
    const registry = createServiceRegistry()
      .register(database, { lifetime: 'process', create: (resolve) => resolve(cache) })
      .register(cache, { lifetime: 'process', create: (resolve) => resolve(session) })
      .register(session, { lifetime: 'process', create: (resolve) => resolve(database) });
    await using process = registry.openProcess();
    const failure = await process.resolve(first).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'IA_SERVICE_CIRCULAR' });
    const circle = 'database → cache → session → database → cache → session';
    const shown = /circle: (.*)\.$/.exec((failure as Error).message)?.[1] ?? '';
    expect(circle).toContain(shown);
    expect(shown.startsWith(first.name) && shown.endsWith(first.name)).toBe(true);
  });

  it('find a circle that two who ask at the same time would wait in for ever', async () => {
    const registry = createServiceRegistry()
      .register(database, { lifetime: 'process', create: (resolve) => resolve(cache) })
      .register(cache, { lifetime: 'process', create: (resolve) => resolve(database) });
    await using process = registry.openProcess();
    const answers = await Promise.allSettled([process.resolve(database), process.resolve(cache)]);
    for (const answer of answers) expect(answer).toMatchObject({ reason: { code: 'IA_SERVICE_CIRCULAR' } });
  });

  it('refuse a service that needs a shorter-lived one', async () => {
    const { registry, init } = recording();
    registry.register(session, { lifetime: 'run', ...init('session') });
    registry.register(database, { lifetime: 'process', create: (resolve) => resolve(session) });
    await using run = registry.openProcess().openRun();
    await expect(run.resolve(database)).rejects.toMatchObject({
      code: 'IA_SERVICE_LIFETIME',
      message: "'database', which lives as long as a process, can not use 'session', which lives as long as a run.",
    });
    registry.register(upload, { lifetime: 'step', ...init('upload') });
    await expect(run.resolve(upload)).rejects.toMatchObject({ code: 'IA_SERVICE_LIFETIME' });
  });

  it('refuse to register a service twice', () => {
    const { registry, init } = recording();
    registry.register(session, { lifetime: 'run', ...init('session') });
    expect(() => registry.register(session, { lifetime: 'step', ...init('session') })).toThrow(
      expect.objectContaining({ code: 'IA_SERVICE_DUPLICATE' }),
    );
  });
});
