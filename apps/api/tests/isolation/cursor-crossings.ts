import { getNamedType, type GraphQLSchema, isObjectType } from 'graphql';
import type { ExampleScene } from '../example-scene.ts';
import type { Crossing } from './crossings.ts';

const CONNECTION = /Connection$/;

const cursorOf = async (scene: ExampleScene, field: string): Promise<string | null> => {
  const query = `{ node(id: "${scene.tenant}") { ... on Tenant { ${field}(first: 1) { pageInfo { endCursor } } } } }`;
  return (await scene.ask(query))['node'][field].pageInfo.endCursor;
};

/** The same bytes but for the last ones, which sign them or say where. */
const forged = (cursor: string): string => `${cursor.slice(0, -4)}${cursor.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;

/** A cursor of the victim's lists in the attacker's: it is worth as much as one that somebody made up. */
export const cursorCrossings = async (
  schema: GraphQLSchema,
  { victim, attacker }: Readonly<{ victim: ExampleScene; attacker: ExampleScene }>,
): Promise<Crossing[]> => {
  const type = schema.getType('Tenant');
  if (!isObjectType(type)) return [];
  const lists = Object.values(type.getFields()).filter((field) => CONNECTION.test(getNamedType(field.type).name));
  const crossings: Crossing[] = [];
  for (const { name } of lists) {
    const cursor = await cursorOf(victim, name);
    if (cursor === null) continue;
    const ask = (after: string): string =>
      `{ node(id: "${attacker.tenant}") { ... on Tenant { ${name}(first: 1, after: "${after}") { pageInfo { hasNextPage } } } } }`;
    crossings.push({
      name: `cursor of Tenant.${name}`,
      kind: 'query',
      foreign: ask(cursor),
      nothing: ask(forged(cursor)),
      isWithinOwn: true,
    });
  }
  return crossings;
};
