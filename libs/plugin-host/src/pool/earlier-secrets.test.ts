import { expect, it } from 'vitest';
import { createScrub } from '../scrub.ts';
import { withEarlierSecrets } from './earlier-secrets.ts';

const scrubOf = (process: object, ...secrets: string[]) =>
  withEarlierSecrets(process, secrets, createScrub(secrets, {}));

it('hides what a process was given for earlier calls', () => {
  const process = {};
  scrubOf(process, 'first-secret');
  const scrub = scrubOf(process, 'second-secret');
  expect(scrub('first-secret second-secret other-secret')).toBe('*** *** other-secret');
  expect(scrubOf({}, 'other-secret')('first-secret other-secret')).toBe('first-secret ***');
});

it('forgets those of long ago', () => {
  const process = {};
  for (let i = 0; i <= 101; i++) scrubOf(process, `secret-number-${i}`);
  expect(scrubOf(process)('secret-number-0 secret-number-101')).toBe('secret-number-0 ***');
});
