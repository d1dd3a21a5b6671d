import { definePlugin, defineStep, PluginError } from '@ia-modules/plugin-sdk';

const SERVICE = 'https://api.frankfurter.dev/v1';
const TOO_MANY_REQUESTS = 429;
const NOT_FOUND = 404;

const currency = (description: string) => ({ type: 'string', pattern: '^[A-Z]{3}$', description }) as const;

type Rates = { readonly date: string; readonly rates: Readonly<Record<string, number>> };

const isRates = (value: unknown): value is Rates =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'date') === 'string' &&
  typeof Reflect.get(value, 'rates') === 'object';

const serviceError = (status: number): PluginError =>
  new PluginError({
    name: 'RateError',
    message:
      status === NOT_FOUND
        ? 'There are no rates of these currencies on this day.'
        : `The service of rates answered ${status}.`,
    retryable: status === TOO_MANY_REQUESTS || status >= 500,
  });

const convert = defineStep({
  name: 'convert',
  title: 'Convert an amount',
  description:
    'Converts an amount with the reference rate of the European Central Bank, of the latest working day or an earlier one.',
  input: {
    type: 'object',
    properties: {
      amount: { type: 'number', description: 'How much.' },
      from: currency('Three letters, ISO 4217: what it is given in.'),
      to: currency('Three letters, ISO 4217: what it is wanted in.'),
      date: { type: 'string', format: 'date', description: 'Of which day the rate is; the latest when left out.' },
    },
    required: ['amount', 'from', 'to'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      amount: { type: 'number', description: 'How much it is, to four digits behind the point.' },
      rate: { type: 'number', description: 'What one unit is worth.' },
      date: { type: 'string', description: 'Of which day the rate is.' },
    },
    required: ['amount', 'rate', 'date'],
  },
  run: async ({ amount, from, to, date }, ctx) => {
    if (from === to) return { amount, rate: 1, date: date ?? new Date(ctx.clock.now()).toISOString().slice(0, 10) };
    const response = await ctx.fetch(`${SERVICE}/${date ?? 'latest'}?base=${from}&symbols=${to}`);
    if (!response.ok) throw serviceError(response.status);
    const answer: unknown = await response.json();
    const rate = isRates(answer) ? answer.rates[to] : undefined;
    if (!isRates(answer) || typeof rate !== 'number') throw serviceError(NOT_FOUND);
    ctx.logger.info(`1 ${from} was ${rate} ${to} on ${answer.date}`);
    return { amount: Number((amount * rate).toFixed(4)), rate, date: answer.date };
  },
});

export const plugin = definePlugin({ steps: [convert] });
