/** How long the numbers of a country are, from the SWIFT registry of IBAN formats. */
const LENGTHS: Readonly<Record<string, number>> = {
  AD: 24,
  AE: 23,
  AL: 28,
  AT: 20,
  AZ: 28,
  BA: 20,
  BE: 16,
  BG: 22,
  BH: 22,
  BR: 29,
  BY: 28,
  CH: 21,
  CR: 22,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  DO: 28,
  EE: 20,
  EG: 29,
  ES: 24,
  FI: 18,
  FO: 18,
  FR: 27,
  GB: 22,
  GE: 22,
  GI: 23,
  GL: 18,
  GR: 27,
  GT: 28,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IQ: 23,
  IS: 26,
  IT: 27,
  JO: 30,
  KW: 30,
  KZ: 20,
  LB: 28,
  LC: 32,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MD: 24,
  ME: 22,
  MK: 19,
  MR: 27,
  MT: 31,
  MU: 30,
  NL: 18,
  NO: 15,
  PK: 24,
  PL: 28,
  PS: 29,
  PT: 25,
  QA: 29,
  RO: 24,
  RS: 22,
  SA: 24,
  SC: 31,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  ST: 25,
  SV: 28,
  TL: 23,
  TN: 24,
  TR: 26,
  UA: 29,
  VA: 22,
  VG: 24,
  XK: 20,
};

export type IbanProblem = 'not_an_iban' | 'unknown_country' | 'wrong_length' | 'wrong_check_digits';

export type Iban = {
  /** Two letters, ISO 3166. */
  readonly country: string;
  /** Bank and account, as the country writes them. */
  readonly account: string;
  /** In groups of four. */
  readonly printed: string;
};

/** ISO 13616: the number, its first four characters moved to the end and letters as 10 to 35, leaves 1 when divided by 97. */
const remainder = (iban: string): number => {
  const digits = Array.from(iban.slice(4) + iban.slice(0, 4), (character) => Number.parseInt(character, 36).toString());
  return Array.from(digits.join(''), Number).reduce((rest, digit) => (rest * 10 + digit) % 97, 0);
};

/** Reads a number, written with spaces and in small letters or not. */
export const readIban = (text: string): Iban | IbanProblem => {
  const iban = text.replaceAll(/[\s-]/g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/.test(iban)) return 'not_an_iban';
  const country = iban.slice(0, 2);
  const length = Object.hasOwn(LENGTHS, country) ? LENGTHS[country] : undefined;
  if (length === undefined) return 'unknown_country';
  if (iban.length !== length) return 'wrong_length';
  if (remainder(iban) !== 1) return 'wrong_check_digits';
  return { country, account: iban.slice(4), printed: iban.replaceAll(/(.{4})(?!$)/g, '$1 ') };
};
