import { PlatformError } from '@ia-modules/plugin-sdk';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { maskError } from './mask-error.ts';

const lines: string[] = [];
const logger = pino({}, { write: (line: string) => void lines.push(line) });
const mask = (error: unknown): GraphQLError => maskError(error, { logger, traceId: 'trace-1' });
const located = (originalError: Error): GraphQLError =>
  new GraphQLError(originalError.message, { originalError, path: ['a'] });

describe('maskError', () => {
  it('shows what is the caller’s business, with its code and place', () => {
    const error = new PlatformError({ code: 'IA_API_NOT_FOUND', message: 'Nothing there.', hint: 'Look elsewhere.' });
    expect(mask(located(located(error)))).toMatchObject({
      message: 'Nothing there.',
      path: ['a'],
      extensions: { code: 'IA_API_NOT_FOUND', hint: 'Look elsewhere.' },
    });
    expect(mask(new GraphQLError('Syntax')).message).toBe('Syntax');
  });

  it.each([
    new Error('connect ECONNREFUSED 10.0.0.1'),
    new PlatformError({ code: 'IA_DATABASE_START', message: 'ECONNREFUSED 10.0.0.1', fault: 'infra' }),
    'ECONNREFUSED 10.0.0.1',
  ])('hides the rest behind a trace id that the log knows', (error) => {
    lines.length = 0;
    const masked = mask(error instanceof Error ? located(error) : error);
    expect(masked.extensions).toEqual({ code: 'IA_INTERNAL', traceId: 'trace-1' });
    expect(JSON.stringify(masked)).not.toContain('10.0.0.1');
    expect(lines.join('')).toContain('10.0.0.1');
    expect(lines.join('')).toContain('trace-1');
  });
});
