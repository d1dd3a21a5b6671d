/** A pipeline as its author writes it, as far as these need it. */
export type BenchDefinition = Readonly<{ name: string; steps: readonly object[]; flow?: object; parameters?: object }>;

/** A step that the engine does itself. */
export const NOOP = 'core.noop';

/** A step that an executor does: it gives back what it got, at once. */
export const TASK = 'bench.echo';

export const stepsInARow = (count: number, uses: string): BenchDefinition => ({
  name: `${count} steps in a row`,
  steps: Array.from({ length: count }, (_, index) => ({ id: `s${index}`, uses })),
  flow: { transitions: Array.from({ length: count - 1 }, (_, index) => ({ from: `s${index}`, to: `s${index + 1}` })) },
});

export const mapOfTasks: BenchDefinition = {
  name: 'map',
  parameters: { type: 'object', properties: { items: { type: 'array' } } },
  steps: [{ id: 'each', uses: TASK, for_each: { items: '{{ parameters.items }}' }, with: { value: '{{ item }}' } }],
};

export const waitForApproval: BenchDefinition = {
  name: 'approval',
  steps: [{ id: 'ok', uses: 'human.approval', with: { title: 'May it go on?' } }],
};
