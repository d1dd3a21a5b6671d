import { definePlugin, defineStep, defineValidator } from '@ia-modules/plugin-sdk';
import { readIban } from './iban.ts';

const part = (description: string) => ({ anyOf: [{ type: 'string' }, { type: 'null' }], description }) as const;

const readIbanStep = defineStep({
  name: 'read_iban',
  title: 'Read an IBAN',
  description: 'Takes an international bank account number apart, and says what is wrong with it.',
  input: {
    type: 'object',
    properties: { iban: { type: 'string', maxLength: 100, description: 'With spaces and in small letters, or not.' } },
    required: ['iban'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      is_valid: {
        type: 'boolean',
        description: 'Whether there is such a number; not whether there is such an account.',
      },
      problem: {
        enum: [null, 'not_an_iban', 'unknown_country', 'wrong_length', 'wrong_check_digits'],
        description: 'What is wrong with it.',
      },
      country: part('Two letters, ISO 3166; null when it is not valid.'),
      account: part('Bank and account, as the country writes them; null when it is not valid.'),
      printed: part('In groups of four; null when it is not valid.'),
    },
    required: ['is_valid', 'problem', 'country', 'account', 'printed'],
  },
  run: ({ iban }) => {
    const read = readIban(iban);
    return typeof read === 'string'
      ? { is_valid: false, problem: read, country: null, account: null, printed: null }
      : { is_valid: true, problem: null, ...read };
  },
});

const PROBLEMS = {
  not_an_iban: 'is no IBAN: two letters, two digits and the account are expected',
  unknown_country: 'begins with letters of no country that has IBANs',
  wrong_length: 'has not as many characters as its country wants',
  wrong_check_digits: 'does not match its check digits: a character is wrong or two have changed places',
} as const;

const iban = defineValidator({
  name: 'iban',
  title: 'An IBAN',
  description: 'Refuses a value in which a field is no valid IBAN.',
  config: {
    type: 'object',
    properties: { field: { type: 'string', minLength: 1, default: 'iban', description: 'Which field is the number.' } },
    additionalProperties: false,
  },
  validate: ({ value, config }) => {
    const number: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, config.field) : undefined;
    const problem = typeof number === 'string' ? readIban(number) : 'is no text';
    if (typeof problem !== 'string') return true;
    const message = problem === 'is no text' ? problem : PROBLEMS[problem];
    return { valid: false, errors: [{ path: `$.${config.field}`, message }] };
  },
});

export const plugin = definePlugin({ steps: [readIbanStep], validators: [iban] });
