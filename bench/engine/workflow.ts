import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PipelineDefinition } from '@ia-modules/engine';
import { z } from 'zod';

const workflowSchema = z.object({
  name: z.string(),
  tasks: z.array(z.object({ id: z.string(), deps: z.array(z.string()) })),
});

/** Tasks and what each waits for: the shape that every subject of the benchmark is made from. */
export type Workflow = z.infer<typeof workflowSchema>;

const idOf = (index: number): string => `s${index}`;

/** One step after the other. */
export const chain = (length: number): Workflow => ({
  name: 'linear',
  tasks: Array.from({ length }, (_, index) => ({ id: idOf(index), deps: index === 0 ? [] : [idOf(index - 1)] })),
});

/** One step, then all others side by side, then one that waits for them. */
export const fanOut = (length: number): Workflow => ({
  name: 'fan-out',
  tasks: Array.from({ length }, (_, index) => {
    const middle = (): string[] => Array.from({ length: length - 2 }, (_gap, place) => idOf(place + 1));
    return { id: idOf(index), deps: index === 0 ? [] : index === length - 1 ? middle() : [idOf(0)] };
  }),
});

/** Layers of which each step waits for two of the layer above. */
export const layered = (length: number): Workflow => {
  const width = Math.round(Math.sqrt(length));
  return {
    name: 'layered',
    tasks: Array.from({ length }, (_, index) => {
      const above = (Math.floor(index / width) - 1) * width;
      const deps = [above + (index % width), above + ((index + 1) % width)];
      return { id: idOf(index), deps: above < 0 ? [] : deps.map(idOf) };
    }),
  };
};

/** Workflows from files and folders: `{name, tasks: [{id, deps}]}`. What is not there is left out. */
export const readWorkflows = (places: readonly string[]): Workflow[] =>
  places.flatMap((place) => {
    const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory();
    if (isFolder === undefined) return [];
    const files = isFolder
      ? readdirSync(place)
          .filter((file) => file.endsWith('.json'))
          .map((file) => path.join(place, file))
      : [place];
    return files.map((file) => workflowSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  });

/** The same graph as a pipeline whose steps do nothing. */
export const toDefinition = ({ name, tasks }: Workflow): PipelineDefinition => {
  const ids = new Map(tasks.map(({ id }, index) => [id, idOf(index)]));
  const known = (id: string): string => ids.get(id) ?? id;
  return {
    name,
    steps: tasks.map(({ id }) => ({ id: known(id), uses: 'core.noop' })),
    flow: { transitions: tasks.flatMap(({ id, deps }) => deps.map((dep) => ({ from: known(dep), to: known(id) }))) },
  };
};
