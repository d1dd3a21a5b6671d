import { describe, expect, it } from 'vitest';
import { isValidTag, parsePublishRequest } from './publish-request.ts';
import { pluginPackageJson, pluginTarball, publishBody } from '../testing/plugin-package.ts';

const NAME = '@community/tool';
const TARBALL = pluginTarball(pluginPackageJson());

function refusalOf(body: unknown, pathName = NAME): string {
  const parsed = parsePublishRequest(pathName, body);
  return parsed.ok ? 'accepted' : parsed.problems.map(({ message, hint }) => `${message} ${hint ?? ''}`).join(' ');
}

describe('parsePublishRequest', () => {
  it('reads name, version, tags and tarball', () => {
    const parsed = parsePublishRequest(NAME, publishBody(NAME, '1.0.0', TARBALL));
    expect(parsed).toMatchObject({
      ok: true,
      value: { name: { full: NAME, visibility: 'public' }, version: '1.0.0', tags: ['latest'], tarball: TARBALL },
    });
  });

  it('refuses a body that is none', () => {
    expect(refusalOf(null)).toMatch(/not valid/);
    expect(refusalOf({ name: NAME })).toMatch(/versions/);
  });

  it('refuses names and versions that differ', () => {
    const body = publishBody(NAME, '1.0.0', TARBALL);
    expect(refusalOf(body, '@community/other')).toMatch(/names differ/);
    const odd = { name: NAME, version: '1.0.1', dist: { integrity: 'x' } };
    expect(refusalOf({ ...body, versions: { '1.0.0': odd } })).toMatch(/versions differ/);
    expect(refusalOf(publishBody(NAME, 'v1.0.0', TARBALL))).toMatch(/semver/);
    expect(refusalOf({ ...body, 'dist-tags': { latest: '9.9.9' } })).toMatch(/tags/);
    expect(refusalOf({ ...body, 'dist-tags': { '1.0.0': '1.0.0' } })).toMatch(/tags/);
  });

  it('refuses several versions and several attachments', () => {
    const body = publishBody(NAME, '1.0.0', TARBALL);
    const other = publishBody(NAME, '1.0.1', TARBALL);
    const merged = (field: string) => ({ ...(body[field] as object), ...(other[field] as object) });
    expect(refusalOf({ ...body, versions: merged('versions') })).toMatch(/one version/);
    expect(refusalOf({ ...body, _attachments: merged('_attachments') })).toMatch(/one tarball.*--no-provenance/);
  });

  it('refuses a tarball under another name or of another length', () => {
    const body = publishBody(NAME, '1.0.0', TARBALL);
    const attachment = { data: TARBALL.toString('base64'), length: TARBALL.length };
    expect(refusalOf({ ...body, _attachments: { '../../evil.tgz': attachment } })).toMatch(/another name/);
    const short = { [`${NAME}-1.0.0.tgz`]: { ...attachment, length: 1 } };
    expect(refusalOf({ ...body, _attachments: short })).toMatch(/not as long/);
  });
});

describe('isValidTag', () => {
  it.each([
    ['latest', true],
    ['next-2', true],
    ['1.0.0', false],
    ['^1', false],
    ['x', false],
    ['', false],
    ['../a', false],
  ])('%s: %s', (tag, expected) => {
    expect(isValidTag(tag)).toBe(expected);
  });
});
