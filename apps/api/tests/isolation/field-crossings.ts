import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLSchema,
  isEnumType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { ExampleScene } from '../example-scene.ts';
import type { Crossing } from './crossings.ts';
import { randomTwin, readId, smuggled, smuggledTwin } from './twin-ids.ts';

type Parties = Readonly<{ victim: ExampleScene; attacker: ExampleScene }>;

/** The placeholder whose value is an object of this type. */
const PLACEHOLDER_OF_TYPE: ReadonlyMap<string, string> = new Map([
  ['Tenant', 'tenant'],
  ['Pipeline', 'pipeline'],
  ['PipelineVersion', 'pipelineVersion'],
  ['Run', 'run'],
  ['Approval', 'approval'],
  ['Schedule', 'schedule'],
  ['Webhook', 'webhook'],
  ['EventTrigger', 'eventTrigger'],
  ['ApiToken', 'apiToken'],
  ['Member', 'memberNode'],
  ['Invitation', 'invitation'],
  ['BenchmarkReport', 'benchmarkReport'],
  ['Installation', 'installation'],
  ['Secret', 'secret'],
  ['TenantExport', 'tenantExport'],
  ['Rehearsal', 'rehearsal'],
]);

const namedTypeOf = (argument: GraphQLArgument): string => getNamedType(argument.type).name;

const literalFor = (argument: GraphQLArgument): string => {
  const type = getNamedType(argument.type);
  if (isEnumType(type)) return type.getValues()[0]?.name ?? 'null';
  return { Int: '1', Float: '1', Boolean: 'true', DateTime: '"2026-01-01T00:00:00Z"' }[type.name] ?? '"x"';
};

const selectionFor = (field: GraphQLField<unknown, unknown>): string =>
  isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';

const queryFor = (
  { type, field, parent }: { type: string; field: GraphQLField<unknown, unknown>; parent: string },
  { name }: GraphQLArgument,
  value: string,
): string => {
  const others = field.args.filter((other) => isNonNullType(other.type) && other.name !== name);
  const given = [...others.map((other) => `${other.name}: ${literalFor(other)}`), `${name}: "${value}"`].join(', ');
  return `{ node(id: "${parent}") { ... on ${type} { ${field.name}(${given})${selectionFor(field)} } } }`;
};

/**
 * Each field with an argument that is an id, asked of an object of the attacker with the ids of the victim: whatever kind of
 * thing the field expects, each kind is tried.
 */
export const fieldCrossings = async (schema: GraphQLSchema, { victim, attacker }: Parties): Promise<Crossing[]> => {
  const crossings: Crossing[] = [];
  for (const [typeName, placeholder] of PLACEHOLDER_OF_TYPE) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) continue;
    const parent = await attacker.value(placeholder);
    for (const field of Object.values(type.getFields())) {
      for (const argument of field.args.filter((candidate) => namedTypeOf(candidate) === 'ID')) {
        for (const name of PLACEHOLDER_OF_TYPE.values()) {
          const value = await victim.value(name);
          const id = readId(value);
          if (id === null) continue;
          const place = { type: typeName, field, parent };
          const add = (label: string, foreign: string, nothing: string): void => {
            crossings.push({
              name: `${typeName}.${field.name}(${argument.name}): <${name}> ${label}`,
              kind: 'query',
              foreign: queryFor(place, argument, foreign),
              nothing: queryFor(place, argument, nothing),
              isWithinOwn: true,
            });
          };
          add('of the victim', value, randomTwin(id));
          if (id.local !== null) {
            add('smuggled in', smuggled(id, attacker.rowId), smuggledTwin(id, attacker.rowId));
          }
        }
      }
    }
  }
  return crossings;
};

/** `node` and `nodes` with every id of the victim, asked for every field that needs no argument. */
export const nodeCrossings = async (schema: GraphQLSchema, { victim, attacker }: Parties): Promise<Crossing[]> => {
  const crossings: Crossing[] = [];
  for (const [typeName, placeholder] of PLACEHOLDER_OF_TYPE) {
    const type = schema.getType(typeName);
    const value = await victim.value(placeholder);
    const id = readId(value);
    if (!isObjectType(type) || id === null) continue;
    const fields = Object.values(type.getFields())
      .filter((field) => !field.args.some((argument) => isNonNullType(argument.type)))
      .map((field) => `${field.name}${selectionFor(field)}`);
    const ask = (asked: string): string => `{ node(id: "${asked}") { ... on ${typeName} { ${fields.join(' ')} } } }`;
    const askMany = (asked: string): string => `{ nodes(ids: ["${asked}"]) { id } }`;
    const pairs = [
      ['of the victim', value, randomTwin(id)],
      ...(id.local === null
        ? []
        : [['smuggled in', smuggled(id, attacker.rowId), smuggledTwin(id, attacker.rowId)] as const]),
    ] as const;
    for (const [label, foreign, nothing] of pairs) {
      crossings.push({
        name: `node: ${typeName} ${label}`,
        kind: 'query',
        foreign: ask(foreign),
        nothing: ask(nothing),
        isWithinOwn: label === 'smuggled in',
      });
      crossings.push({
        name: `nodes: ${typeName} ${label}`,
        kind: 'query',
        foreign: askMany(foreign),
        nothing: askMany(nothing),
        isWithinOwn: label === 'smuggled in',
      });
    }
  }
  return crossings;
};
