import { Client } from 'pg';
import { buildSchema, type GraphQLSchema, isObjectType, isInterfaceType } from 'graphql';
import { blocksIn, type ExampleBlock } from '../example-block.ts';
import type { ExampleScene } from '../example-scene.ts';
import { send } from '../graphql-client.ts';
import { openSocket } from '../socket-client.ts';
import { cursorCrossings } from './cursor-crossings.ts';
import { type Crossing, crossingsOf } from './crossings.ts';
import { fieldCrossings, nodeCrossings } from './field-crossings.ts';
import { recordStatements } from './recorded-statements.ts';
import { digestTenant } from './tenant-digest.ts';
import { readId } from './twin-ids.ts';

/** More of them tell nobody anything new. */
const MANY_BREACHES = 30;

export type Parties = Readonly<{ victim: ExampleScene; attacker: ExampleScene }>;

/** What was tried, and where the two could be told apart or something of the victim changed. */
export type Proof = { readonly tried: number; readonly breaches: readonly string[] };

const IDS = /[A-Za-z0-9_-]{40,}/g;
const VOLATILE = /"(?:traceId|requestId|cost)":(?:"[^"]*"|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})/g;

/** An answer without what differs each time: ids that were sent come back in some errors. */
const comparable = (answer: unknown): string =>
  JSON.stringify(answer)
    .replace(VOLATILE, '""')
    .replace(IDS, (text) => (readId(text) === null ? text : '<id>'));

const listen = async (scene: ExampleScene, query: string): Promise<unknown> => {
  const socket = openSocket(scene.api, await scene.credential('owner'));
  try {
    const feed = socket.subscribe(query, {});
    // Whoever is let in is not told so: an operation behind it answers first.
    const passed = socket.subscribe('{ __typename }', {});
    await Promise.race([feed.done, feed.first, passed.done]);
    await Promise.race([feed.done, passed.done]);
    return { data: feed.data, errors: feed.errors };
  } finally {
    await socket.close();
  }
};

const ask = async (scene: ExampleScene, kind: Crossing['kind'], query: string): Promise<string> => {
  if (kind === 'subscription') return comparable(await listen(scene, query));
  return comparable(await send(scene.api, { token: await scene.credential('owner'), query }));
};

/** Asks twice: for what is the victim's, and for what is not there. */
/** Which switches a tenant has is remembered for a moment: for the attacker's own it is asked now and then. */
const SWITCHES = /feature_flags/;

const compared = (statements: readonly string[], { isWithinOwn }: Crossing): string =>
  statements.filter((text) => !isWithinOwn || !SWITCHES.test(text)).join('\n');

const tryCrossing = async (attacker: ExampleScene, crossing: Crossing): Promise<string | null> => {
  const nothing = await recordStatements(() => ask(attacker, crossing.kind, crossing.nothing));
  const foreign = await recordStatements(() => ask(attacker, crossing.kind, crossing.foreign));
  if (foreign.result !== nothing.result) {
    return `${crossing.name}: answers ${foreign.result} and ${nothing.result}`;
  }
  if (
    crossing.kind !== 'subscription' &&
    compared(foreign.statements, crossing) !== compared(nothing.statements, crossing)
  ) {
    return `${crossing.name}: reads ${foreign.statements.join('; ')} and ${nothing.statements.join('; ')}`;
  }
  return null;
};

const blocksOf = (schema: GraphQLSchema): readonly ExampleBlock[] =>
  Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields()).flatMap((field) =>
          blocksIn(`${type.name}.${field.name}`, field.description ?? ''),
        )
      : [],
  );

/** Every way across the wall that the schema has: its examples, its fields that take ids, its nodes and its cursors. */
export const crossingsOfSchema = async (schemaText: string, parties: Parties): Promise<readonly Crossing[]> => {
  const schema = buildSchema(schemaText);
  const examples: Crossing[] = [];
  for (const block of blocksOf(schema)) examples.push(...(await crossingsOf(block, parties)));
  return [
    ...(await nodeCrossings(schema, parties)),
    ...(await fieldCrossings(schema, parties)),
    ...(await cursorCrossings(schema, parties)),
    ...examples,
  ];
};

const changedTables = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] =>
  Object.keys(after).filter((table) => before[table] !== after[table]);

/** Tries every crossing as the attacker. A foreign thing and nothing must look the same, and the victim's rows must not change. */
export const proveIsolation = async (
  crossings: readonly Crossing[],
  { parties, adminUrl }: Readonly<{ parties: Parties; adminUrl: string }>,
): Promise<Proof> => {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const before = await digestTenant(admin, parties.victim.rowId);
    const breaches: string[] = [];
    for (const crossing of crossings) {
      const breach = await tryCrossing(parties.attacker, crossing);
      if (breach !== null) breaches.push(breach);
      if (breaches.length === MANY_BREACHES) break;
    }
    const changed = changedTables(before, await digestTenant(admin, parties.victim.rowId));
    breaches.push(...changed.map((table) => `rows of the victim in ${table} are not what they were`));
    return { tried: crossings.length, breaches };
  } finally {
    await admin.end();
  }
};
