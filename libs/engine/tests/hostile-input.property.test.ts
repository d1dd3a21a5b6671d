import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePipeline, validatePipeline } from '@ia-modules/engine';
import { arbitraryMutant } from './reference/arbitrary-mutant.ts';
import { arbitraryRun } from './reference/arbitrary-run.ts';
import { runToRest, saysWhy } from './reference/run-to-rest.ts';

const SEED = 20_260_731;

/** Whether validation gives a definition exactly when it finds no error. */
const isConsistent = (source: unknown): boolean => {
  const { definition, diagnostics } = validatePipeline(source);
  return (definition === undefined) === diagnostics.some(({ severity }) => severity === 'error');
};

it('never throws on a value of any shape, and always says what is wrong', () => {
  const anyValue = fc.oneof(fc.jsonValue(), fc.anything(), fc.string(), fc.json());
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(isConsistent(value)).toBe(true);
    }),
    { numRuns: 300, seed: SEED },
  );
});

/** The value with each of its texts in turn replaced by the given one. */
function* withText(value: unknown, text: string): Generator {
  if (typeof value === 'string') yield text;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    for (const changed of withText(item, text)) {
      yield Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
    }
  }
}

it('takes the names of what every object has for names like others', () => {
  const names = fc.constantFrom('__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty');
  fc.assert(
    fc.property(arbitraryRun, names, ({ definition }, name) => {
      for (const changed of withText(definition, name)) expect(isConsistent(changed)).toBe(true);
    }),
    { numRuns: 30, seed: SEED },
  );
});

it('never throws on a text that was cut or scribbled on', () => {
  const scribble = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.nat(8),
    added: fc.oneof(
      fc.string({ maxLength: 4, unit: 'binary' }),
      fc.constantFrom('{', '}', '[', ']', '"', ',', '\\u0', '/*'),
    ),
  });
  fc.assert(
    fc.property(arbitraryMutant, fc.array(scribble, { maxLength: 3 }), ({ value }, scribbles) => {
      const text = scribbles.reduce((before, { at, removed, added }) => {
        const place = Math.floor(before.length * at);
        return before.slice(0, place) + added + before.slice(place + removed);
      }, JSON.stringify(value));
      expect(isConsistent(text)).toBe(true);
    }),
    { numRuns: 150, seed: SEED },
  );
});

it('compiles and runs whatever validation accepts', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryMutant, async ({ value, script }) => {
      const { definition } = validatePipeline(value);
      fc.pre(definition !== undefined);
      const run = await runToRest(compilePipeline(definition), script);
      fc.pre(run.rest !== 'too_long');
      expect(saysWhy(run)).toBe(true);
    }),
    { numRuns: 500, seed: SEED },
  );
});
