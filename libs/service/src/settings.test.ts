import { expect, test } from 'vitest';
import { z } from 'zod';
import { readSettings, setting } from './settings.ts';

const schema = z.object({
  PORT: setting.port.default(80),
  URL: setting.httpUrl,
  TOKEN: setting.secret.optional(),
  LIST: setting.list,
});
const read = (environment: Record<string, string>) =>
  readSettings(schema, environment, { of: 'test', hint: 'Fix it.' });

test('values come out ready for use', () => {
  const settings = read({ PORT: '0', URL: 'https://example.com//', LIST: 'a:1, b:2,' });
  expect(settings).toEqual({ PORT: 0, URL: 'https://example.com', LIST: ['a:1', 'b:2'] });
});

test('an empty variable counts as unset', () => {
  expect(read({ PORT: '', URL: 'http://localhost', TOKEN: '' })).toMatchObject({ PORT: 80 });
});

test.each(['many', '-1', '1.5', '65536', '0x50', ' 80'])('%j is no port', (PORT) => {
  expect(() => read({ PORT, URL: 'http://localhost' })).toThrow('PORT must be');
});

test('every wrong variable is named, and no value is shown', () => {
  const wrong = () => read({ PORT: 'secret-a', URL: 'ftp://secret-b', TOKEN: 'secret-c' });
  expect(wrong).toThrow(expect.objectContaining({ code: 'IA_CONFIG_INVALID', hint: 'Fix it.' }));
  expect(wrong).toThrow(/PORT.*URL.*TOKEN/);
  expect(wrong).not.toThrow(/secret-/);
});
