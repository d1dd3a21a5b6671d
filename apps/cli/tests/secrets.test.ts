import { describe, expect, it } from 'vitest';
import { readSecrets } from '../src/run/secrets.ts';
import { createFolder } from './run-command.ts';

const VARIABLES = new Map([
  ['API_KEY', 'from the environment'],
  ['OTHER', 'other value'],
]);
describe('readSecrets', () => {
  it.each([
    ['JSON', '\uFEFF{"API_KEY": "from a file"}'],
    ['lines', '# a comment\nAPI_KEY="from a file"\n'],
  ])('prefers a file of %s to variables', async (_form, content) => {
    await using folder = await createFolder();
    const { lookup, names } = await readSecrets(await folder.write('secrets', content), VARIABLES);
    expect(lookup('API_KEY')).toBe('from a file');
    expect(lookup('OTHER')).toBe('other value');
    expect(lookup('toString')).toBeUndefined();
    expect(names).toEqual(['API_KEY', 'OTHER']);
  });

  it('masks what was looked up', async () => {
    const { lookup, mask } = await readSecrets(undefined, VARIABLES);
    expect(mask('other value')).toBe('other value');
    await lookup('OTHER');
    expect(mask('it is other value, from the environment')).toBe('it is ***, from the environment');
  });

  it.each(['{"API_KEY": 5}', '{"API_KEY": "hush'])('refuses %s without quoting it', async (content) => {
    await using folder = await createFolder();
    const failure = await readSecrets(await folder.write('secrets', content), VARIABLES).catch(String);
    expect(failure).toContain('must hold an object of texts');
    expect(failure).not.toContain('hush');
  });
});
