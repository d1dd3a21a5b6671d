import { APIError } from 'better-auth/api';
import { isStorableText } from '../refused-value.ts';

/** Longer than any password, code or token; what is sent here is looked for in the database, or kept there. */
const MAX_TEXT_LENGTH = 10_000;
/** Nothing that signing in asks for lies deeper. */
const MAX_DEPTH = 4;

const isOdd = (value: unknown, depth: number): boolean => {
  if (typeof value === 'string') return value.length > MAX_TEXT_LENGTH || !isStorableText(value);
  if (typeof value !== 'object' || value === null) return false;
  if (depth === MAX_DEPTH) return true;
  return Object.values(value).some((part) => isOdd(part, depth + 1));
};

type Asked = { readonly body?: unknown; readonly query?: unknown; readonly params?: unknown };

/** @throws APIError BAD_REQUEST for a text that no database takes; without it the answer would be 500. */
export const refuseOddTexts = ({ body, query, params }: Asked): void => {
  if (![body, query, params].some((part) => isOdd(part, 0))) return;
  throw new APIError('BAD_REQUEST', { message: 'The request has a text that is too long, or has a NUL in it.' });
};
