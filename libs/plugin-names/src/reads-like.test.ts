import { expect, it } from 'vitest';
import { readsLike } from './reads-like.ts';
import { reservedLikenessOf } from './reserved-scopes.ts';

it.each([
  ['plain-words', 'plain_words'],
  ['plain-words', 'plainwords'],
  ['w0rds', 'words'],
  ['tool', 't00l'],
  ['tool', 'toool'],
  ['csv', 'c5v'],
  ['weather', 'wheather'],
  ['weather', 'waether'],
  ['weather', 'weathr'],
  ['paypal', 'paypa1'],
  ['modern', 'modem'],
])('%s is taken for %s', (name, other) => {
  expect(readsLike(name, other)).toBe(true);
  expect(readsLike(other, name)).toBe(true);
});

it.each([
  ['csv', 'css'],
  ['tags', 'tabs'],
  ['weather', 'feather-duster'],
  ['words', 'swords-and-more'],
  ['geo', 'geometry'],
  ['plain-words', 'rich-words'],
])('%s is not taken for %s', (name, other) => {
  expect(readsLike(name, other)).toBe(false);
});

it.each(['community', 'c0mmunity', 'comunity', 'communlty', 'ia-modules', 'iamodules', 'ia-module', 'la-modules'])(
  'the slug %s reads like a reserved scope',
  (slug) => {
    expect(reservedLikenessOf(slug)).toMatch(/^(community|ia-modules)$/);
  },
);

it.each(['official', 'npm', 'adm1n'])('the slug %s would speak for the platform', (slug) => {
  expect(reservedLikenessOf(slug)).toBe(slug);
});

it.each(['acme', 'globex', 'modules-inc', 'data-community-eu'])('the slug %s is free', (slug) => {
  expect(reservedLikenessOf(slug)).toBeUndefined();
});
