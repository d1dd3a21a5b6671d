import type { RunCommand, RunEvent } from '@ia-modules/engine';
import { describe, expect, it } from 'vitest';
import { type Answer, createAnswers, parseDecision, parseEffect, parseSignal } from './answers.ts';

const eventOf = (event: object): RunEvent => ({ runId: 'r', seq: 1, at: 0, ...event }) as RunEvent;
const requested = (stepId: string, data: object = {}, place: object = {}): RunEvent =>
  eventOf({ type: 'approval_requested', stepId, ...place, data });
const decided = (stepId: string, data: object, place: object = {}): RunEvent =>
  eventOf({ type: 'approval_decided', stepId, ...place, data: { by: 'x', roles: [], ...data } });

/** What is sent for each event. */
const sentFor = (
  answers: readonly Answer[],
  events: readonly RunEvent[],
  people: [string, ...string[]] = ['ada', 'bob'],
) => {
  let sent: RunCommand[] = [];
  const { onEvent } = createAnswers({ answers, people, send: (command) => sent.push(command) });
  return events.map((event) => {
    sent = [];
    onEvent(event);
    return sent;
  });
};

const vote = (decision: 'approve' | 'reject', by: string, key = 'ok#/') => ({
  kind: 'approval_decided',
  key,
  decision,
  by,
});

describe('parseSignal', () => {
  it.each([
    ['paid', 'paid', null],
    ['paid={"amount": 5}', 'paid', { amount: 5 }],
    ['paid=yes=no', 'paid', 'yes=no'],
    ['paid=', 'paid', ''],
  ])('reads %s', (text, name, payload) => {
    expect(parseSignal(text)).toEqual({ kind: 'signal', name, payload });
  });
});

describe('parseDecision', () => {
  it('reads a step and the values of its form', () => {
    expect(parseDecision('approve', 'ok')).toEqual({ kind: 'approve', target: 'ok', values: undefined });
    expect(parseDecision('approve', 'ok#1/={"a": "="}')).toEqual({
      kind: 'approve',
      target: 'ok#1/',
      values: { a: '=' },
    });
    expect(() => parseDecision('reject', 'ok=[1]')).toThrow('must be a JSON object');
    expect(() => parseDecision('approve', 'ok={')).toThrow('must be a JSON object');
  });
});

describe('parseEffect', () => {
  it.each([
    ['confirm', 'pay={"id": 7}', 'pay', { id: 7 }],
    ['confirm', 'pay=done', 'pay', 'done'],
    ['confirm', 'pay#2/0@1', 'pay#2/0@1', undefined],
    ['repeat', 'pay', 'pay', undefined],
    ['fail-effect', 'pay', 'pay', undefined],
  ] as const)('reads --%s %s', (kind, text, target, output) => {
    expect(parseEffect(kind, text)).toEqual({ kind, target, output });
  });
});

describe('createAnswers', () => {
  it('says what became of attempts, each once', () => {
    const sent: unknown[] = [];
    const { onStalled, unused } = createAnswers({
      answers: [
        parseEffect('confirm', 'pay#/1={"id": 7}'),
        parseEffect('repeat', 'pay'),
        parseEffect('fail-effect', 'x'),
      ],
      people: ['ada'],
      send: (command) => sent.push(command),
    });
    const waiting = { runId: 'r', stepId: 'pay', iteration: null, since: 0, until: null, reason: 'effect' } as const;
    onStalled([
      { ...waiting, index: '0', detail: { attempt: 2, key: 'pay#/0@2' } },
      { ...waiting, index: '1', detail: { attempt: 1, key: 'pay#/1@1' } },
    ]);
    expect(sent).toEqual([
      { kind: 'effect_decided', key: 'pay#/0@2', decision: 'repeat', by: 'ada' },
      { kind: 'effect_decided', key: 'pay#/1@1', decision: 'confirm', by: 'ada', output: { id: 7 } },
    ]);
    expect(unused()).toEqual(['--fail-effect x']);
  });

  it('sends a signal each time that it is awaited, as long as there are any', () => {
    const awaited = eventOf({ type: 'signal_awaited', stepId: 'w', data: { name: 'a' } });
    const sent = sentFor([parseSignal('b'), parseSignal('a=1'), parseSignal('a=2')], [awaited, awaited, awaited]);
    expect(sent).toEqual([
      [{ kind: 'signal_received', name: 'a', payload: 1 }],
      [{ kind: 'signal_received', name: 'a', payload: 2 }],
      [],
    ]);
  });

  it('answers sub-pipelines when nothing else goes on', () => {
    const sent: unknown[] = [];
    const answers = [parseDecision('approve', 'ok'), parseSignal('paid')];
    const { onStalled } = createAnswers({
      answers,
      people: ['ada'],
      send: (command, runId) => sent.push({ runId, ...command }),
    });
    const waiting = { runId: 'r/sub#/', iteration: '2', index: null, since: 0, until: null };
    onStalled([
      { ...waiting, stepId: 'ok', reason: 'approval', detail: { assignees: ['role:boss'] } },
      { ...waiting, stepId: 'w', reason: 'signal', detail: { signal: 'paid' } },
      { ...waiting, stepId: null, reason: 'paused', detail: {} },
    ]);
    expect(sent).toMatchObject([
      { runId: 'r/sub#/', kind: 'approval_decided', key: 'ok#2/', by: 'ada', roles: ['boss'] },
      { runId: 'r/sub#/', kind: 'signal_received', name: 'paid', payload: null },
    ]);
  });

  it('votes when it is asked, with the roles that are asked for', () => {
    const approve = parseDecision('approve', 'ok={"a": 1}');
    const sent = sentFor(
      [approve],
      [requested('other'), requested('ok', { assignees: ['role:boss', 'user:eve', 'role:cfo'] })],
    );
    expect(sent).toEqual([[], [{ ...vote('approve', 'ada'), roles: ['boss', 'cfo'], values: { a: 1 } }]]);
  });

  it('gives one vote after the other until the quorum is met, each by the next person', () => {
    const answers = ['ok', 'ok', 'ok'].map((step) => parseDecision('approve', step));
    const approval = decided('ok', { decision: 'approve' });
    const sent = sentFor(answers, [
      requested('ok', { quorum: 2 }),
      approval,
      approval,
      requested('ok', {}, { iteration: '2' }),
    ]);
    expect(sent).toMatchObject([
      [vote('approve', 'ada')],
      [vote('approve', 'bob')],
      [],
      [vote('approve', 'ada', 'ok#2/')],
    ]);
  });

  it('tries again after a vote that was refused, and stops after a rejection', () => {
    const answers = [parseDecision('approve', 'ok'), parseDecision('reject', 'ok'), parseDecision('approve', 'ok')];
    const refused = decided('ok', { decision: 'approve', refusal: 'not_assignee' });
    const sent = sentFor(answers, [requested('ok'), refused, decided('ok', { decision: 'reject' })]);
    expect(sent).toMatchObject([[vote('approve', 'ada')], [vote('reject', 'bob')], []]);
  });

  it('tells the approvals of loops and maps apart', () => {
    const answers = [parseDecision('reject', 'ok#2/1'), parseDecision('approve', 'ok')];
    const place = { iteration: '2', index: '1' };
    const sent = sentFor(answers, [requested('ok', {}, { iteration: '1', index: '0' }), requested('ok', {}, place)]);
    expect(sent).toMatchObject([[vote('approve', 'ada', 'ok#1/0')], [vote('reject', 'ada', 'ok#2/1')]]);
  });

  it('votes with the roles that an escalation brings in', () => {
    const answers = [parseDecision('approve', 'ok'), parseDecision('approve', 'ok')];
    const escalated = eventOf({ type: 'approval_escalated', stepId: 'ok', data: { assignees: ['role:cfo'] } });
    const sent = sentFor(answers, [requested('ok', { assignees: ['role:boss'], quorum: 2 }), escalated]);
    expect(sent).toMatchObject([[{ roles: ['boss'] }], [{ roles: ['boss', 'cfo'] }]]);
  });
});
