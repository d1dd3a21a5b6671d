import { describe, expect, it } from 'vitest';
import { networkError, PluginError } from './plugin-error.ts';

describe('the name of an error', () => {
  it.each([
    ['IA_PLUGIN_INPUT', 'ValidationError'],
    ['IA_PLUGIN_LIMIT', 'LimitError'],
    ['IA_PLUGIN_FAILED', 'PluginError'],
  ] as const)('of %s is %s', (code, name) => {
    expect(new PluginError({ code, message: 'no' }).name).toBe(name);
  });

  it('is the one that was given', () => {
    expect(new PluginError({ code: 'IA_PLUGIN_LIMIT', name: 'FileTooLargeError', message: 'no' }).name).toBe(
      'FileTooLargeError',
    );
  });

  it('is NetworkError where the network failed, so that policies know it', () => {
    expect(networkError('no')).toMatchObject({ name: 'NetworkError', retryable: true });
  });
});
