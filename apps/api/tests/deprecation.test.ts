import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommunityFixture, type Party } from './community-fixture.ts';

const OLD = '@maker/old';
const NEW = '@maker/new';
const SECRET = '@maker/secret';

let fixture: CommunityFixture;
let maker: Party;
let acme: Party;

beforeAll(async () => {
  fixture = await CommunityFixture.open();
  maker = await fixture.party('maker');
  acme = await fixture.party('acme');
  await fixture.publish(maker, OLD, ['1.0.0', '1.1.0', '2.0.0']);
  await fixture.publish(maker, NEW, ['1.0.0']);
  await fixture.publish(maker, SECRET, ['1.0.0'], 'private');
});

afterAll(async () => {
  await fixture?.close();
});

const deprecate = (more: object = {}, as = maker) =>
  fixture.change(
    as,
    'deprecatePlugin',
    { tenantId: as.tenantId, name: OLD, versionRange: '^1.0.0', message: 'Slow.', ...more },
    'versions',
  );

const notices = async () =>
  (
    await fixture.admin.query(
      `select version, deprecated, replacement from plugin_versions where plugin_name = $1 order by version`,
      [OLD],
    )
  ).rows;
const isBehind = async (): Promise<boolean> =>
  (await fixture.admin.query('select is_storage_behind as "isBehind" from plugins where name = $1', [OLD])).rows[0]
    .isBehind;

describe('a deprecation', () => {
  it('is said of versions in a range, with what to use instead', async () => {
    expect(await deprecate({ replacement: `${NEW}@^1.0.0` })).toEqual({
      kind: 'DeprecatePluginSuccess',
      versions: ['1.0.0', '1.1.0'],
    });
    const said = { deprecated: 'Slow.', replacement: `${NEW}@^1.0.0` };
    expect(await notices()).toEqual([
      { version: '1.0.0', ...said },
      { version: '1.1.0', ...said },
      { version: '2.0.0', deprecated: null, replacement: null },
    ]);
    expect(await isBehind()).toBe(true);
    const shown = `{ plugin(name: "${OLD}") { versions { nodes { version deprecated replacement } } } }`;
    const { nodes } = (await fixture.ask(acme, shown))['plugin'].versions;
    expect(nodes).toContainEqual({ version: '1.1.0', ...said });
  });

  it('warns who installs such a version', async () => {
    const input = { tenantId: acme.tenantId, name: OLD, version: '1.1.0', grant: {} };
    const installed = await fixture.change(acme, 'installPlugin', input, 'diagnostics { code severity message hint }');
    expect(installed['diagnostics']).toEqual([
      {
        code: 'IA_PLUGIN_DEPRECATED',
        severity: 'warning',
        message: `${OLD}@1.1.0 is deprecated: Slow.`,
        hint: `Use ${NEW}@^1.0.0 instead.`,
      },
    ]);
  });

  it.each([
    [{ replacement: '@maker/nothing' }, 'ValidationFailed'],
    [{ replacement: SECRET }, 'ValidationFailed'],
    [{ replacement: `${NEW}@^9.0.0` }, 'ValidationFailed'],
    [{ replacement: `${OLD}@^1.0.0` }, 'ValidationFailed'],
    [{ replacement: `${OLD}@^2.0.0` }, 'DeprecatePluginSuccess'],
    [{ versionRange: '^9.0.0' }, 'ValidationFailed'],
    [{ versionRange: 'nonsense' }, 'ValidationFailed'],
    [{ message: '' }, 'ValidationFailed'],
    [{ message: 'a\u001Bb' }, 'ValidationFailed'],
    [{ name: '@maker/nothing' }, 'NotFound'],
    [{ name: SECRET, versionRange: '*', replacement: NEW }, 'DeprecatePluginSuccess'],
  ])('with %j answers %s', async (more, kind) => {
    expect((await deprecate(more)).kind).toBe(kind);
  });

  it('is for the owner of the plugin', async () => {
    expect((await deprecate({}, acme)).kind).toBe('NotFound');
  });

  it('is taken back', async () => {
    const input = { tenantId: maker.tenantId, name: OLD, versionRange: '*' };
    const done = await fixture.change(maker, 'undeprecatePlugin', input, 'versions');
    expect(done['versions']).toEqual(['1.0.0', '1.1.0', '2.0.0']);
    expect((await notices()).every(({ deprecated, replacement }) => deprecated === null && replacement === null)).toBe(
      true,
    );
    expect((await fixture.actionsOf(maker)).at(-1)).toBe('plugin.undeprecate');
  });
});
