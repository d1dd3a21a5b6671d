import { formatTable, repeat } from '@ia-modules/benchmark';
import { pipelineJsonSchema, validatePipeline } from '@ia-modules/engine';
import type { Json } from '@ia-modules/plugin-sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { catalog } from './catalog.ts';

const ROUNDS = 9;
/** Long enough for the engine's code to be compiled. */
const WARM_UP_MS = 1_500;
const SIZES = [1_000, 10_000] as const;
const GROUP = 10;

/** What a step of a group does; together they have a bit of everything. */
const stepOf = (index: number): Json => {
  const id = `s${index}`;
  const before = `s${index - 1}`;
  switch (index % GROUP) {
    case 0:
      return { id, uses: 'core.noop', with: { region: '{{ parameters.region }}', position: index } };
    case 1:
      return {
        id,
        uses: 'http.request',
        with: { url: `https://shop.example/{{ steps.${before}.output.region }}`, method: 'GET' },
        timeout: '30s',
        retry: { max_attempts: 3, initial_delay: '200ms' },
      };
    case 2:
      return { id, uses: 'core.noop', with: { status: `{{ steps.${before}.output.status }}` }, router: 'first_match' };
    case 5:
      return {
        id,
        uses: 'core.noop',
        join: 'any',
        with: { rank: `{{ steps.s${index - 3}.output.status + ${index} }}` },
      };
    default:
      return { id, uses: 'core.noop' };
  }
};

/** How a group hangs together: a line, a choice of two ways that meet again, and a line to the next group. */
const transitionsOf = (first: number, count: number): Json[] => {
  const at = (offset: number): string => `s${first + offset}`;
  const choice = [
    { from: at(2), to: at(3), condition: `steps.${at(2)}.output.status == 200` },
    { from: at(2), to: at(4), default: true },
    { from: at(3), to: at(5) },
    { from: at(4), to: at(5) },
  ];
  const lines = [0, 1, 5, 6, 7, 8, 9].map((offset) => ({ from: at(offset), to: at(offset + 1) }));
  return [...lines.filter(({ to }) => Number(to.slice(1)) < count), ...choice];
};

/** A pipeline as people write them, only longer, as a formatted text. */
export const largePipeline = (steps: number): string =>
  JSON.stringify(
    {
      name: `steps-${steps}`,
      parameters: { type: 'object', properties: { region: { type: 'string', default: 'eu' } } },
      steps: Array.from({ length: steps }, (_, index) => stepOf(index)),
      flow: {
        transitions: Array.from({ length: steps / GROUP }, (_, group) => transitionsOf(group * GROUP, steps)).flat(),
      },
      outputs: { last: `{{ steps.s${steps - 1}.status }}` },
    },
    null,
    2,
  );

const medianMs = async (work: () => unknown): Promise<number> => {
  const startedAt = performance.now();
  while (performance.now() - startedAt < WARM_UP_MS) work();
  return (await repeat(() => void work(), ROUNDS)).median;
};

/**
 * Validation from text, beside reading the text alone and the published JSON Schema alone. To be called first in a process:
 * `firstMs` is what the very first validation takes, of the smallest pipeline, when none of the code is compiled yet.
 */
export const measureValidation = async (): Promise<{ readonly table: string; readonly firstMs: number }> => {
  const small = largePipeline(SIZES[0]);
  const startedAt = performance.now();
  validatePipeline(small, { catalog });
  const firstMs = performance.now() - startedAt;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const isValid = ajv.compile(pipelineJsonSchema());
  const rows = [];
  for (const steps of SIZES) {
    const text = largePipeline(steps);
    const value: unknown = JSON.parse(text);
    const { diagnostics } = validatePipeline(text, { catalog });
    if (diagnostics.length > 0) throw new Error(`${diagnostics[0]?.path}: ${diagnostics[0]?.message}`);
    if (!isValid(value)) throw new Error(`The schema refuses it: ${ajv.errorsText(isValid.errors)}`);
    const totalMs = await medianMs(() => validatePipeline(text, { catalog }));
    const parseMs = await medianMs(() => JSON.parse(text));
    const schemaMs = await medianMs(() => isValid(value));
    rows.push([steps, text.length / 1_024, totalMs, (totalMs * 1_000) / steps, parseMs, schemaMs]);
  }
  const table = formatTable(
    ['steps', 'KiB', 'validate ms', 'µs/step', 'JSON.parse ms', 'JSON Schema with ajv ms'],
    rows,
  );
  return { table, firstMs };
};
