import { expect, it } from 'vitest';
import { refusalError, startRefusalOf } from './plugin-refusal.ts';

const raised = (detail: object) => ({
  code: 'IAP01',
  detail: JSON.stringify({
    name: '@c/x',
    version: '1.0.0',
    reason: null,
    patchedRange: null,
    advisoryId: null,
    ...detail,
  }),
});

it('says what to upgrade to where a version without the problem is known', () => {
  const advisory = { code: 'IA_PLUGIN_ADVISORY', name: '@c/x', version: '1.0.0', reason: 'high: It leaks' } as const;
  expect(refusalError({ ...advisory, patchedRange: '>=1.0.1' })).toMatchObject({
    fault: 'plugin',
    disposition: 'terminal',
    message: expect.stringContaining('@c/x@1.0.0: high: It leaks'),
    hint: expect.stringContaining('>=1.0.1'),
  });
  expect(refusalError(advisory).hint).toContain('use another plugin');
});

it.each(['It leaks', 'It leaks.'])('ends with one full stop: %s', (reason) => {
  const { message } = refusalError({ code: 'IA_PLUGIN_ADVISORY', name: '@c/x', version: '1.0.0', reason });
  expect(message).toMatch(/It leaks\.$/);
});

it('reads what the database raises, from its driver and from within Prisma', () => {
  const refusal = raised({ code: 'IA_PLUGIN_TAKEN_DOWN', reason: 'Malware' });
  expect(startRefusalOf(refusal)).toMatchObject({
    code: 'IA_PLUGIN_TAKEN_DOWN',
    message: expect.stringContaining('Malware'),
  });
  expect(startRefusalOf({ ...refusal, code: 'P2010', originalCode: 'IAP01' })?.code).toBe('IA_PLUGIN_TAKEN_DOWN');
  expect(startRefusalOf(raised({ code: 'IA_PLUGIN_NOT_ALLOWED' }))).toMatchObject({ fault: 'user' });
});

it('leaves other errors alone', () => {
  for (const error of [null, 'IAP01', { code: '23505' }, { code: 'IAP01' }])
    expect(startRefusalOf(error)).toBeUndefined();
});
