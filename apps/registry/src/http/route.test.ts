import { describe, expect, it } from 'vitest';
import { type ReadRoute, type Route, addressOf, parseRoute } from './route.ts';

describe('parseRoute', () => {
  it.each<[string, string, Route]>([
    ['GET', '/-/ping', { kind: 'ping' }],
    ['GET', '/-/whoami', { kind: 'whoami' }],
    ['GET', '/-/v1/search?text=a', { kind: 'search' }],
    ['GET', '/@community%2freadability', { kind: 'read', packageName: '@community/readability' }],
    ['GET', '/@community/readability/1.0.0', { kind: 'read', packageName: '@community/readability', version: '1.0.0' }],
    [
      'GET',
      '/@community/readability/-/readability-1.0.0.tgz',
      { kind: 'read', packageName: '@community/readability', version: '1.0.0', tarball: 'readability-1.0.0.tgz' },
    ],
    [
      'GET',
      '/left-pad/-/left-pad-2.0.0-rc.1.tgz',
      { kind: 'read', packageName: 'left-pad', version: '2.0.0-rc.1', tarball: 'left-pad-2.0.0-rc.1.tgz' },
    ],
    [
      'GET',
      '/@community/readability/-/other-1.0.0.tgz',
      { kind: 'read', packageName: '@community/readability', tarball: 'other-1.0.0.tgz' },
    ],
    ['HEAD', '/@community/readability', { kind: 'read', packageName: '@community/readability' }],
    [
      'GET',
      '/-/package/@community%2freadability/dist-tags',
      { kind: 'read', packageName: '@community/readability', isTagList: true },
    ],
    ['GET', '/-/package/@a%2fb/visibility', { kind: 'visibility', packageName: '@a/b' }],
    ['POST', '/-/package/@a%2fb/access', { kind: 'elsewhere', what: 'access' }],
    ['GET', '/-/package/@a%2fb/collaborators', { kind: 'elsewhere', what: 'access' }],
    ['PUT', '/@community%2freadability', { kind: 'update', packageName: '@community/readability' }],
    ['PUT', '/@community/readability', { kind: 'update', packageName: '@community/readability' }],
    ['PUT', '/lodash', { kind: 'update', packageName: 'lodash' }],
    ['PUT', '/-/package/@a%2fb/dist-tags/beta', { kind: 'tag', packageName: '@a/b', tag: 'beta' }],
    ['DELETE', '/-/package/@a%2fb/dist-tags/beta', { kind: 'untag', packageName: '@a/b', tag: 'beta' }],
    ['PUT', '/@a%2fb/-rev/3-abc', { kind: 'remove' }],
    ['DELETE', '/@a%2fb/-rev/3-abc', { kind: 'remove' }],
    ['DELETE', '/@a/b/-/b-1.0.0.tgz/-rev/3-abc', { kind: 'remove' }],
    ['PUT', '/@a%2fb/-/b-1.0.0.tgz/extra', { kind: 'unsupported' }],
    ['PUT', '/@a%2fb/beta', { kind: 'unsupported' }],
    ['PUT', '/-/user/org.couchdb.user:eve', { kind: 'signIn' }],
    ['GET', '/-/user/org.couchdb.user:eve', { kind: 'elsewhere', what: 'account' }],
    ['DELETE', '/-/user/token/ia_abc', { kind: 'logout', token: 'ia_abc' }],
    ['GET', '/-/org/acme/package', { kind: 'packagesOf', owner: 'acme' }],
    ['GET', '/-/user/acme/package', { kind: 'packagesOf', owner: 'acme' }],
    ['GET', '/-/v1/login/done/abc', { kind: 'pollLogin', secret: 'abc' }],
    ['GET', '/-/v1/login/done/abc/d', { kind: 'unsupported' }],
    ['POST', '/-/v1/login', { kind: 'beginLogin' }],
    ['GET', '/-/v1/login', { kind: 'unsupported' }],
    ['POST', '/-/npm/v1/tokens', { kind: 'elsewhere', what: 'tokens' }],
    ['POST', '/-/npm/v1/security/advisories/bulk', { kind: 'unsupported' }],
    ['GET', '/-/npm/v1/user', { kind: 'elsewhere', what: 'account' }],
    ['GET', '/-/all', { kind: 'unsupported' }],
    ['GET', '//-/all', { kind: 'unsupported' }],
    ['GET', '/%2d/all', { kind: 'unsupported' }],
    ['GET', '/@a/b/-/package.json', { kind: 'unsupported' }],
    ['GET', '/@a/b/-/b-1.0.0.tgz.tmp-123', { kind: 'unsupported' }],
    ['GET', '/@a/b/-%2fpackage.json', { kind: 'unsupported' }],
    ['GET', '/@a/b/-/..%2fb-1.0.0.tgz', { kind: 'unsupported' }],
    ['GET', '/@a/b/-/b-1.0.0.tgz/more', { kind: 'unsupported' }],
    ['POST', '/@a%2fb', { kind: 'unsupported' }],
    ['GET', '/%zz', { kind: 'unsupported' }],
  ])('%s %s', (method, url, expected) => {
    expect(parseRoute(method, url)).toEqual(expected);
  });
});

describe('addressOf', () => {
  it.each([
    ['/@a/b', '/@a%2Fb'],
    ['//@a%2fb/?write=true', '/@a%2Fb'],
    ['/@a%2fb#c', '/@a%2Fb%23c'],
    ['/@a/b/1.0.0/', '/@a%2Fb/1.0.0'],
    ['/@a/b/-/b-1.0.0.tgz/', '/@a%2Fb/-/b-1.0.0.tgz'],
    ['/-/package/%40a%2fb/dist-tags', '/-/package/@a%2Fb/dist-tags'],
    ['/left-pad', '/left-pad'],
  ])('%s is looked up as %s', (url, address) => {
    expect(addressOf(parseRoute('GET', url) as ReadRoute)).toBe(address);
  });
});
