import { describe, expect, it } from 'vitest';
import { toHeaders, toUrl } from './request-parts.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('toUrl', () => {
  it('appends a query to what the URL has', () => {
    expect(toUrl('https://example.com/a?x=1', { y: 'ü&', z: true }).href).toBe(
      'https://example.com/a?x=1&y=%C3%BC%26&z=true',
    );
  });

  it.each(['hush', 'ftp://hush.example', 'file:///hush', 'https://me:hush@example.com/'])(
    'refuses %s without quoting it',
    (text) => {
      const error = thrownBy(() => toUrl(text));
      expect(error).toMatchObject({ code: 'IA_PLUGIN_INPUT', retryable: false });
      expect(String(error)).not.toContain('hush');
    },
  );
});

describe('toHeaders', () => {
  it.each(['hush\nx: y', 'hush🤫'])('refuses the value %j without quoting it', (value) => {
    const error = thrownBy(() => toHeaders({ 'x-key': value }));
    expect(error).toMatchObject({ code: 'IA_PLUGIN_INPUT', message: expect.stringContaining('"x-key"') as string });
    expect(String(error)).not.toContain('hush');
  });
});
