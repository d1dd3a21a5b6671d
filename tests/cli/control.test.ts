import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlatformAccess, startPlatform } from './platform-access.ts';

let platform: PlatformAccess;

const note = (id: string, text: string) => ({ id, uses: 'core.noop', with: { text } });
const SLEEPER = { name: 'sleeper', steps: [{ id: 'sleep', uses: 'core.wait', with: { duration: '1h' } }] };
const PAID = {
  name: 'paid',
  steps: [{ id: 'payment', uses: 'core.wait', with: { signal: 'paid' } }],
  outputs: { payment: '{{ steps.payment.output }}' },
};
const REVIEW = {
  name: 'review',
  steps: [{ id: 'ask', uses: 'human.approval', with: { title: 'Ship it?' } }],
};
const CITY = {
  name: 'city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  steps: [note('first', '{{ parameters.city }}'), note('second', '{{ steps.first.output.text }}!')],
  flow: { transitions: [{ from: 'first', to: 'second' }] },
  outputs: { text: '{{ steps.second.output.text }}' },
};
const BROKEN = { name: 'broken', steps: [{ id: 'fall', uses: 'core.fail', with: { message: 'no more' } }] };

beforeAll(async () => {
  platform = await startPlatform();
  for (const definition of [SLEEPER, PAID, REVIEW, CITY, BROKEN]) await platform.save(definition);
});

afterAll(() => platform?.stop());

const start = async (pipeline: string, ...options: readonly string[]): Promise<string> => {
  const { run } = await platform.json('runs', 'start', pipeline, ...options);
  return run.id;
};

/** Asks until the answer is what is waited for: what a run is told, its worker does in its own time. */
const until = async <T>(ask: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> => {
  for (;;) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
};

const untilWaiting = (id: string, reason: string) =>
  until(
    () => platform.json('runs', 'why', id),
    ({ waiting }) => waiting.some((wait: { reason: string }) => wait.reason === reason),
  );

describe('one run', () => {
  it('is paused and resumed, and says what it waits for', async () => {
    const id = await start('sleeper');
    await untilWaiting(id, 'timer');
    expect((await platform.cli('runs', 'pause', id)).stdout).toMatch(/is to pause\n$/);
    await untilWaiting(id, 'paused');
    const { stdout } = await platform.cli('runs', 'why', id);
    expect(stdout).toMatch(/^WAITS FOR +STEP +SINCE/);
    expect(stdout).toMatch(/timer +sleep .*in \d+m/);
    expect((await platform.cli('runs', 'resume', id)).code).toBe(0);
    await until(
      () => platform.json('runs', 'why', id),
      ({ waitReason }) => waitReason !== 'paused',
    );
    await platform.cli('runs', 'cancel', id);
    expect((await platform.cli('runs', 'follow', id)).code).toBe(1);
  });

  it('gets a signal, early or late, once for each delivery', async () => {
    const id = await start('paid');
    await platform.cli('runs', 'signal', id, 'paid', '{"amount": 5}', '--delivery', 'first');
    const { stdout, code } = await platform.cli('runs', 'follow', id);
    expect(stdout).toContain('"amount": 5');
    expect(code).toBe(0);
    expect((await platform.cli('runs', 'signal', id, 'paid')).stderr).toContain('error IA_API_CONFLICT');
  });

  it('is forked with other values and a mock', async () => {
    const id = await start('city', '-p', '{"city": "Ulm"}');
    await platform.cli('runs', 'follow', id);
    const forked = await platform.cli(
      'runs',
      'fork',
      id,
      '--from',
      'second',
      '--mock',
      'second={"text": "Bern"}',
      '-f',
    );
    expect(forked.stderr).toMatch(/^run \S+ started\n$/);
    expect(forked.stdout).toContain('"text": "Bern"');
    expect(forked.code).toBe(0);
    const replayed = await platform.cli('runs', 'replay', id, '--follow');
    expect(replayed.stdout).toContain('"text": "Ulm!"');
    const shown = await platform.cli('runs', 'list', '--pipeline', 'city');
    expect(shown.stdout.match(/succeeded/g)).toHaveLength(3);
  });

  it('is debugged: stopped, looked into, changed and stepped', async () => {
    const id = await start('city', '-p', '{"city": "Ulm"}', '--breakpoint', 'second');
    await untilWaiting(id, 'breakpoint');
    expect((await platform.cli('runs', 'debug', id, 'eval', 'steps.first.output.text')).stdout).toBe('"Ulm"\n');
    expect((await platform.cli('runs', 'debug', id, 'inspect')).stdout).toMatch(/first +succeeded .*Ulm/);
    await platform.cli('runs', 'debug', id, 'set', 'steps.first.output.text="Bern"');
    await platform.cli('runs', 'debug', id, 'break', 'first', 'first->second');
    await platform.cli('runs', 'debug', id, 'mock', 'second={"text": "never"}');
    await platform.cli('runs', 'debug', id, 'unmock', 'second');
    await platform.cli('runs', 'debug', id, 'continue');
    expect((await platform.cli('runs', 'follow', id)).stdout).toContain('"text": "Bern!"');
  });

  it('says what it can not do', async () => {
    const id = await start('sleeper');
    await untilWaiting(id, 'timer');
    expect((await platform.cli('runs', 'budget', id, '--cost', '5', '--duration', '3h')).code).toBe(0);
    const effect = await platform.cli('runs', 'effect', id, 'sleep//', '--confirm', '{"done": true}');
    expect(effect.stderr).toContain('error IA_RUN_COMMAND: The run has no such effect.');
    expect((await platform.cli('runs', 'effect', id, 'sleep//')).code).toBe(2);
    const answered = await platform.cli('runs', 'retry', id, '--effect', 'sleep//=repeat');
    expect(answered.stderr).toContain('error IA_API_CONFLICT: Only a run that failed or was canceled can be retried');
    const refused = await platform.cli('runs', 'debug', id, 'mock', 'slep=1');
    expect(refused.stderr).toMatch(/^error IA_RUN_COMMAND: /);
    expect((await platform.cli('runs', 'debug', id, 'dance')).code).toBe(2);
    expect((await platform.cli('runs', 'budget', id)).code).toBe(2);
    expect((await platform.cli('runs', 'effects', id)).stderr).toBe('No effects.\n');
    await platform.cli('runs', 'cancel', id);
  });
});

describe('approvals', () => {
  it('are listed and decided by run', async () => {
    const id = await start('review');
    await untilWaiting(id, 'approval');
    const { approvals } = await platform.json('approvals', 'list');
    expect(approvals).toHaveLength(1);
    expect((await platform.cli('approvals', 'list')).stdout).toMatch(/:ask#\/ +review +open/);
    const elsewhere = await platform.cli('runs', 'approve', id, '--step', 'tell');
    expect(elsewhere.stderr).toContain("'tell' asks for nothing; these do: ask#/");
    expect((await platform.cli('runs', 'reject', id, '--comment', 'not today')).code).toBe(0);
    expect((await platform.cli('runs', 'follow', id)).code).toBe(1);
    expect((await platform.cli('runs', 'approve', id)).stderr).toContain('waits for no approval');
  });

  it('are decided by their short id', async () => {
    const id = await start('review');
    await untilWaiting(id, 'approval');
    const shortId = (await platform.cli('approvals', 'list')).stdout.split('\n')[1]?.split(' ')[0] ?? '';
    expect((await platform.cli('approvals', 'decide', shortId, 'approve')).code).toBe(0);
    expect((await platform.cli('runs', 'follow', id)).code).toBe(0);
  });
});

describe('many runs', () => {
  it('are canceled by their ids, each for itself', async () => {
    const ids = [await start('sleeper'), await start('sleeper'), await start('city', '-p', '{"city": "Ulm"}')];
    await platform.cli('runs', 'follow', ids[2] ?? '');
    const { code, stdout, stderr } = await platform.cli('runs', 'cancel', ...ids);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/2 runs done, 1 refused\n$/);
    expect(stdout).toContain('refused  IA_API_CONFLICT');
    expect(code).toBe(1);
  });

  it('are chosen by a filter, and changed when that is confirmed', async () => {
    await platform.cli('runs', 'start', 'broken', '-f');
    await platform.cli('runs', 'start', 'broken', '-f');
    const choice = ['runs', 'retry', '--pipeline', 'broken', '--status', 'failed'];
    const asked = await platform.cli(...choice);
    expect(asked.stderr).toContain('2 runs would be asked: repeat it with --yes');
    expect(asked.code).toBe(2);
    const { results } = await platform.json(...choice, '--yes');
    expect(results).toHaveLength(2);
    for (const { runId, run } of results) {
      expect(run.id).not.toBe(runId);
      expect((await platform.cli('runs', 'follow', run.id)).code).toBe(1);
    }
  });

  it('are not chosen by nothing', async () => {
    expect((await platform.cli('runs', 'cancel')).code).toBe(2);
    expect((await platform.cli('runs', 'cancel', 'x', '--pipeline', 'city')).code).toBe(2);
  });
});
