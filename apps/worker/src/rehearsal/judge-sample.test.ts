import { expect, test } from 'vitest';
import { type Judged, judgeSample, type Outcome, type Replay } from './judge-sample.ts';

const replay = (outcome: Outcome, more: Partial<Replay> = {}): Replay => ({
  outcome,
  refused: [],
  misfits: [],
  ...more,
});
const output = (value: number): Outcome => ({ output: value });
const error = (message: string, code = 'IA_PLUGIN_FAILED'): Outcome => ({ error: { code, name: 'Error', message } });

const judge = (judged: Partial<Judged>) =>
  judgeSample({
    recorded: output(1),
    before: { once: replay(output(1)) },
    after: { once: replay(output(1)) },
    secrets: { before: [], after: [] },
    maskedPaths: [],
    ...judged,
  });

const REFUSED = { refused: ['GET https://api.example.com'] };

test('the version of then is what the new one is compared with, not the record', () => {
  const judged = judge({
    recorded: output(7),
    before: { once: replay(output(1)) },
    after: { once: replay(output(1)) },
  });
  expect(judged).toMatchObject({ verdict: 'same', reason: null });
});

test('where the version of then fails in a rehearsal alone, only the recorded output says something', () => {
  const before = { once: replay(error('no network', 'IA_PLUGIN_NET_DENIED'), REFUSED) };
  expect(judge({ before })).toMatchObject({ verdict: 'same' });
  expect(judge({ before, after: { once: replay(output(2)) } })).toMatchObject({
    verdict: 'not_comparable',
    reason: expect.stringContaining('GET https://api.example.com'),
  });
});

test('an error that was recorded and comes again is cured when the new version has none', () => {
  const failed = { recorded: error('boom'), before: { once: replay(error('boom')) } };
  expect(judge(failed)).toMatchObject({ verdict: 'cured_error' });
  expect(judge({ ...failed, after: { once: replay(error('boom')) } })).toMatchObject({ verdict: 'same' });
  expect(judge({ ...failed, after: { once: replay(error('bang')) } })).toMatchObject({
    verdict: 'different',
    differences: [{ path: '/error/message' }],
  });
});

test('a new failure is told apart from a missing network and from missing secrets', () => {
  const after = (outcome: Outcome, more = {}) => ({ once: replay(outcome, more) });
  expect(judge({ after: after(error('boom')) })).toMatchObject({ verdict: 'new_error' });
  expect(judge({ after: after(error('boom'), REFUSED) })).toMatchObject({ verdict: 'not_comparable' });
  const secrets = { before: [], after: ['API_KEY'] };
  expect(judge({ after: after(error('boom')), secrets })).toMatchObject({
    verdict: 'not_comparable',
    reason: expect.stringContaining('API_KEY'),
  });
});

test('what fails at times can not be compared', () => {
  const after = { once: replay(error('boom')), again: [replay(output(1))] };
  expect(judge({ after })).toMatchObject({ verdict: 'not_comparable' });
});

test('an input that both schemas refuse is nothing new', () => {
  const misfits = [{ path: '/size', message: 'must be integer' }];
  const refused = replay(error('does not fit', 'IA_PLUGIN_INPUT'), { misfits });
  expect(judge({ after: { once: refused } })).toMatchObject({ verdict: 'schema_refused', differenceCount: 1 });
  const recorded = error('does not fit', 'IA_PLUGIN_INPUT');
  expect(judge({ recorded, before: { once: refused }, after: { once: refused } })).toMatchObject({ verdict: 'same' });
});

test('an input that held a secret says so', () => {
  const before = { once: replay(error('401')) };
  expect(judge({ before, after: { once: replay(error('401')) }, maskedPaths: ['/key'] }).reason).toContain('/key');
});
