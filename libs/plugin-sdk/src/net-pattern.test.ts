import { describe, expect, it } from 'vitest';
import { matchesNetPattern } from './net-pattern.ts';

describe('matchesNetPattern', () => {
  it.each([
    ['api.example.com', 'api.example.com', 443, true],
    ['api.example.com', 'API.example.com.', 80, true],
    ['api.example.com', 'api.example.com', 8080, false],
    ['api.example.com:8080', 'api.example.com', 8080, true],
    ['api.example.com:8080', 'api.example.com', 443, false],
    ['*.example.com', 'a.b.example.com', 443, true],
    ['*.example.com', 'example.com', 443, false],
    ['*.example.com', 'evilexample.com', 443, false],
    ['example.com', 'example.com.evil.org', 443, false],
    ['[::1]:8080', '[::1]', 8080, true],
  ])('%s against %s:%d is %s', (pattern, host, port, expected) => {
    expect(matchesNetPattern(pattern, host, port)).toBe(expected);
  });
});
