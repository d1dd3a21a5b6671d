import type { StepCatalog, StepContract } from '@ia-modules/engine';
import { BUILT_IN_PLUGINS } from '@ia-modules/built-in-plugins';
import type { JsonObject } from '@ia-modules/plugin-sdk';

const text: JsonObject = { type: 'string' };
const number: JsonObject = { type: 'number' };
const integer: JsonObject = { type: 'integer', minimum: 1, maximum: 1_000 };

/** An object that knows its keys; those that end in `?` may be left out. */
const shape = (properties: Readonly<Record<string, JsonObject>>): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key.replace('?', ''), schema])),
  required: Object.keys(properties).filter((key) => !key.endsWith('?')),
  additionalProperties: false,
});

const list = (items: JsonObject): JsonObject => ({ type: 'array', items });
const anything: JsonObject = {};

const CONTRACTS: Readonly<Record<string, StepContract>> = {
  'shop.orders': {
    input: shape({ customer: text, 'limit?': integer }),
    output: shape({
      orders: list(shape({ id: text, lines: list(shape({ sku: text, quantity: integer })) })),
      count: { type: 'integer' },
    }),
  },
  'shop.score': {
    input: shape({ rows: anything, threshold: { type: 'number', minimum: 0, maximum: 1 }, 'label?': text }),
    output: shape({ total: number }),
  },
  'shop.charge': {
    input: shape({
      amount: { type: 'number', exclusiveMinimum: 0 },
      currency: { enum: ['EUR', 'USD'] },
      card: shape({ number: text, holder: text }),
    }),
    output: shape({ id: text, amount: number }),
  },
  'shop.refund': { input: shape({ charge_id: text, token: text }), output: shape({ id: text }) },
  'shop.invoice': {
    input: shape({ order_id: text, position: { type: 'integer', minimum: 0 }, 'note?': text }),
    output: shape({ id: text }),
  },
  'shop.void': { input: shape({ invoice_id: anything }) },
  'shop.pick': { input: shape({ sku: text, quantity: integer, order: text, place: list({ type: 'integer' }) }) },
  'search.find': {
    input: shape({ query: text, site: { enum: ['east', 'west', 'north'] } }),
    output: shape({ hits: list(text) }),
  },
  'text.write': {
    input: shape({ prompt: { type: 'string', minLength: 1 }, 'words?': integer, 'round?': integer }),
    output: shape({ text }),
  },
  'text.check': { input: shape({ text, path: list(integer) }), output: shape({ problems: { type: 'integer' } }) },
  'text.grade': { input: shape({ text }), output: shape({ score: number }) },
  'text.publish': { input: shape({ text }), output: shape({ url: text }) },
  'ci.build': { input: shape({ service: text, 'round?': integer }), output: shape({ image: text }) },
  'ci.test': { input: shape({ image: text }), output: shape({ passed: integer }) },
  'ci.fix': { input: shape({ report: text }) },
  'ci.deploy': { input: shape({ image: text, hosts: anything, wave: text }), output: shape({ hosts: list(text) }) },
  'ci.rollback': { input: shape({ image: text, wave: text }) },
  'clock.plan': {
    input: shape({
      cron: { type: 'string', format: 'cron' },
      timezone: { type: 'string', format: 'timezone' },
      from: { type: 'string', format: 'date-time' },
      'grace?': { type: 'string', format: 'duration' },
    }),
    output: shape({ next: text }),
  },
  'notify.send': { input: shape({ to: { type: 'string', format: 'email' }, text }) },
  '@community/weather#forecast': {
    input: shape({ city: text, 'days?': { type: 'integer', minimum: 1, maximum: 7 } }),
    output: shape({ temperature: number, is_dry: { type: 'boolean' } }),
  },
  '@community/charts#bar': { input: shape({ values: anything, 'width?': integer }), output: { type: 'object' } },
};

const CONTRIBUTIONS: Readonly<Record<string, Readonly<Record<string, StepContract>>>> = {
  hook: { 'notify.hook': { input: shape({ to: { type: 'string', format: 'email' }, 'secret?': text }) } },
  reporter: { 'report.write': { input: shape({ folder: text }) } },
  validator: { 'validate.schema': { input: shape({ schema: { type: 'object' } }) } },
  transform: { 'transform.pick': { input: shape({ fields: { type: 'array', items: text, minItems: 1 } }) } },
  condition: { '@community/weather#is_dry': { input: shape({ city: text }) } },
};

const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  '@community/weather': ['1.0.0', '1.2.0', '1.4.2', '2.0.0'],
  '@community/charts': ['3.1.0'],
};

const httpContracts = (): [string, StepContract][] =>
  (BUILT_IN_PLUGINS.get('http')?.manifest.contributions.steps ?? []).map(({ name, input, output }) => [
    `http.${name}`,
    { input, output },
  ]);

const contracts: ReadonlyMap<string, StepContract> = new Map([...httpContracts(), ...Object.entries(CONTRACTS)]);

/** Step types and other contributions with schemas of every kind: closed inputs, choices, ranges, formats, known outputs. */
export const catalog: StepCatalog = {
  find: (uses) => contracts.get(uses),
  names: () => contracts.keys(),
  findContribution: (kind, uses) => CONTRIBUTIONS[kind]?.[uses],
  contributionNames: (kind) => Object.keys(CONTRIBUTIONS[kind] ?? {}),
  plugin: (packageName) => {
    const versions = VERSIONS[packageName];
    return versions === undefined ? undefined : { versions };
  },
};

/** The input of whatever has this name. */
export const inputSchemaOf = (uses: string): JsonObject | undefined =>
  (contracts.get(uses) ?? Object.values(CONTRIBUTIONS).find((named) => uses in named)?.[uses])?.input;
