import type { ExampleBlock } from '../example-block.ts';
import { placeholdersOf } from '../example-block.ts';
import type { ExampleScene } from '../example-scene.ts';
import { randomTwin, readId, smuggled, smuggledTwin } from './twin-ids.ts';

/** One request across the wall, and the same for something that is not there: nobody may tell the two apart. */
export type Crossing = {
  readonly name: string;
  readonly kind: ExampleBlock['kind'];
  readonly foreign: string;
  readonly nothing: string;
  /** Both name the attacker's own tenant. */
  readonly isWithinOwn: boolean;
};

type Values = ReadonlyMap<string, string>;

const fill = (source: string, values: Values): string =>
  [...values].reduce((text, [name, value]) => text.replaceAll(`<${name}>`, value), source);

const valuesOf = async (scene: ExampleScene, names: readonly string[]): Promise<Values> => {
  const values = new Map<string, string>();
  for (const name of names) values.set(name, await scene.value(name));
  return values;
};

/**
 * The crossings of an example: each id in it is the victim's in turn, by its own name and under the name of the attacker's
 * tenant, then all at once. Everything else is the attacker's.
 */
export const crossingsOf = async (
  block: ExampleBlock,
  { victim, attacker }: Readonly<{ victim: ExampleScene; attacker: ExampleScene }>,
): Promise<readonly Crossing[]> => {
  const names = placeholdersOf(block.source);
  const [theirs, own] = [await valuesOf(victim, names), await valuesOf(attacker, names)];
  const crossing = (label: string, foreign: Values, nothing: Values, isWithinOwn = false): Crossing => ({
    name: `${block.place}: ${label}`,
    kind: block.kind,
    foreign: fill(block.source, new Map([...own, ...foreign])),
    nothing: fill(block.source, new Map([...own, ...nothing])),
    isWithinOwn,
  });
  const crossings: Crossing[] = [];
  const allForeign = new Map<string, string>();
  const allNothing = new Map<string, string>();
  for (const [name, value] of theirs) {
    if (name === 'slug') {
      crossings.push(crossing('slug of the victim', new Map([[name, value]]), new Map([[name, 'nobody-has-this']])));
      continue;
    }
    const id = readId(value);
    if (id === null) continue;
    const twin = randomTwin(id);
    allForeign.set(name, value);
    allNothing.set(name, twin);
    crossings.push(crossing(`<${name}> of the victim`, new Map([[name, value]]), new Map([[name, twin]])));
    if (id.local === null) continue;
    const within = [smuggled(id, attacker.rowId), smuggledTwin(id, attacker.rowId)] as const;
    crossings.push(crossing(`<${name}> smuggled in`, new Map([[name, within[0]]]), new Map([[name, within[1]]]), true));
  }
  if (allForeign.size > 1) crossings.push(crossing('everything of the victim', allForeign, allNothing));
  return crossings;
};
