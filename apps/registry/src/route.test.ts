import { describe, expect, it } from 'vitest';
import { type Route, parseRoute } from './route.ts';

describe('parseRoute', () => {
  it.each<[string, string, Route]>([
    ['GET', '/-/ping', { kind: 'read' }],
    ['GET', '/-/whoami', { kind: 'read' }],
    ['GET', '/-/v1/search?text=a', { kind: 'search' }],
    ['GET', '/@community%2freadability', { kind: 'read' }],
    ['GET', '/@community/readability/-/readability-1.0.0.tgz', { kind: 'read' }],
    ['HEAD', '/@community/readability', { kind: 'read' }],
    ['GET', '/-/package/@community%2freadability/dist-tags', { kind: 'read' }],
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
    ['PUT', '/-/user/org.couchdb.user:eve', { kind: 'unsupported' }],
    ['POST', '/-/v1/login', { kind: 'login' }],
    ['GET', '/-/v1/login', { kind: 'unsupported' }],
    ['POST', '/-/npm/v1/tokens', { kind: 'unsupported' }],
    ['GET', '/-/npm/v1/user', { kind: 'unsupported' }],
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
