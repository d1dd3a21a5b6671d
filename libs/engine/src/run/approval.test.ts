import type { JsonObject } from '@ia-modules/plugin-sdk';
import { expect, it } from 'vitest';
import { startSession, type SessionOptions } from '../testing/memory-session.ts';

const approval = (input: JsonObject, values: JsonObject = {}): JsonObject => ({
  parameters: {
    type: 'object',
    properties: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { default: value }])),
  },
  steps: [{ id: 'ok', uses: 'human.approval', with: input }],
});

type Vote = {
  readonly by: string;
  readonly decision?: 'approve' | 'reject';
  readonly values?: JsonObject;
  readonly key?: string;
};

const voting = (...votes: Vote[]): NonNullable<SessionOptions['whenStalled']> => [
  (run) => {
    for (const { key = 'ok', decision = 'approve', ...vote } of votes) {
      run.send({ kind: 'approval_decided', key, decision, roles: [], ...vote });
    }
  },
];

it.each([
  ['a deadline', { deadline: '{{ parameters.x }}' }, 'soon'],
  ['the assignees', { assignees: '{{ parameters.x }}' }, 3],
  ['an empty list of assignees', { assignees: '{{ parameters.x }}' }, []],
  ['one of the assignees', { assignees: '{{ parameters.x }}' }, ['user:ann', 3]],
  ['the quorum', { quorum: '{{ parameters.x }}' }, 'many'],
  ['the form', { form: '{{ parameters.x }}' }, { type: 'nope' }],
  ['the escalation', { escalation: '{{ parameters.x }}' }, [{ after: '1h', to: ['user:ben'] }, 5]],
  ['how soon it escalates', { escalation: '{{ parameters.x }}' }, [{ after: 'soon', to: ['user:ben'] }]],
  ['a quorum that is never met', { assignees: ['user:ann'], quorum: '{{ parameters.x }}' }, 2],
])('fails rather than ask the wrong people when a template spoils %s', async (_, input, x) => {
  const { view } = await startSession(approval(input, { x })).done;
  expect(view).toMatchObject({ status: 'failed', error: { code: 'IA_PIPELINE_WITH', retryable: false } });
});

it('takes lists of assignees from templates', async () => {
  const pipeline = approval({ assignees: '{{ parameters.x }}', quorum: 2 }, { x: ['user:ann', 'ben', 'role:boss'] });
  const { view } = await startSession(pipeline, { whenStalled: voting({ by: 'ann' }, { by: 'eve' }, { by: 'ben' }) })
    .done;
  expect(view).toMatchObject({ status: 'succeeded', steps: { ok: { output: { approved: true } } } });
});

it('notes why a vote does not count, and leaves no trace of one for nothing', async () => {
  const form = { type: 'object', properties: { note: { type: 'string' } }, required: ['note'] };
  const session = startSession(
    approval({ form, assignees: ['ann', 'ben', 'eve'], quorum: 2, no_self_approval: true }),
    {
      trigger: { type: 'manual', by: 'eve' },
      whenStalled: voting(
        { by: 'ann' },
        { by: 'ann', values: { note: 'fine' } },
        { by: 'ann', values: { note: 'again' } },
        { by: 'eve', values: { note: 'mine' } },
        { by: 'zoe', values: { note: 'not asked' } },
        { by: 'ben', key: 'nothing' },
        { by: 'ben', values: { note: 'good' } },
        { by: 'eve', key: 'ok#/' },
      ),
    },
  );
  expect((await session.done).view.steps['ok']?.output).toMatchObject({ values: { note: 'good' } });
  const refusals = session.events.flatMap((event) =>
    event.type === 'approval_decided' ? [event.data.refusal ?? 'counts'] : [],
  );
  expect(refusals).toEqual(['form_invalid', 'counts', 'voted_already', 'self_approval', 'not_assignee', 'counts']);
});

it('asks for the item when several approvals of a step are open', async () => {
  const pipeline = { steps: [{ id: 'ok', uses: 'human.approval', for_each: { items: [1, 2] } }] };
  const unclear = startSession(pipeline, { whenStalled: voting({ by: 'ann' }) });
  expect((await unclear.done).waiting).toHaveLength(2);
  const clear = startSession(pipeline, { whenStalled: voting({ by: 'ann', key: 'ok#/1' }, { by: 'ann', key: 'ok' }) });
  expect((await clear.done).view.status).toBe('succeeded');
});

it.each([
  ['fail', { status: 'failed', error: { code: 'IA_APPROVAL_REJECTED' } }],
  ['continue', { status: 'succeeded', steps: { ok: { output: { approved: false } } } }],
])('treats a deadline that rejects as a rejection: on_reject %s', async (onReject, expected) => {
  const pipeline = approval({ deadline: '1h', on_deadline: 'reject', on_reject: onReject });
  expect((await startSession(pipeline).done).view).toMatchObject(expected);
});

it('merges what people filled in, the last of them on top, under any name', async () => {
  const filledIn = (text: string) => JSON.parse(text) as JsonObject;
  const outputs = { names: '{{ steps.ok.output.values.map(name, name) }}', note: '{{ steps.ok.output.values.note }}' };
  const { view } = await startSession(
    { ...approval({ quorum: 2 }), outputs },
    {
      whenStalled: voting(
        { by: 'ann', values: filledIn('{"note": "first", "__proto__": {"hidden": true}}') },
        { by: 'ben', values: filledIn('{"note": "second", "toString": "x"}') },
      ),
    },
  ).done;
  expect(view.outputs).toEqual({ names: ['note', '__proto__', 'toString'], note: 'second' });
});

it('knows an assignee by id or by e-mail address, and one person as one', async () => {
  const session = startSession(
    approval({ assignees: ['Ann@Example.org', 'user:ben@example.org', 'u3'], quorum: 3, no_self_approval: true }),
    {
      trigger: { type: 'manual', by: 'u4' },
      whenStalled: [
        (run) => {
          const vote = { kind: 'approval_decided', key: 'ok', decision: 'approve', roles: [] } as const;
          run.send({ ...vote, by: 'u1', email: 'ann@example.ORG' });
          run.send({ ...vote, by: 'u1', email: 'ann@example.org' });
          run.send({ ...vote, by: 'u2', email: 'ben@example.org' });
          run.send({ ...vote, by: 'u5', email: 'eve@example.org' });
          run.send({ ...vote, by: 'u4', email: 'dan@example.org' });
          run.send({ ...vote, by: 'u3', email: 'cem@example.org' });
        },
      ],
    },
  );
  expect((await session.done).view).toMatchObject({
    status: 'succeeded',
    steps: { ok: { output: { approved: true } } },
  });
  const decided = session.events.flatMap((event) => (event.type === 'approval_decided' ? [event.data] : []));
  expect(decided.map(({ by, refusal }) => [by, refusal])).toEqual([
    ['u1', undefined],
    ['u1', 'voted_already'],
    ['u2', undefined],
    ['u5', 'not_assignee'],
    ['u4', 'self_approval'],
    ['u3', undefined],
  ]);
});
