import { expect, it } from 'vitest';
import { listSecretNames } from './secret-names.ts';

it('finds secrets wherever they may stand, each once, and none in ordinary text', () => {
  const names = listSecretNames({
    name: 'calls',
    description: 'Not {{ secrets.DESCRIBED }}.',
    steps: [
      {
        id: 'call',
        uses: 'http.request',
        with: {
          url: 'https://example.com/',
          headers: { authorization: 'Bearer {{ secrets.TOKEN }}' },
          body: ['{{ secrets["a-b"] }}'],
        },
        transform: [{ uses: 'text.sign', with: { key: '{{ secrets.SIGN }}' } }],
        validate: [{ uses: 'text.check', with: { key: '{{ secrets.CHECK }}' } }],
        compensate: { uses: 'http.request', with: { body: '{{ secrets.TOKEN }} {{ secrets.UNDO }}' } },
      },
      { id: 'plain', uses: 'core.noop', with: { text: 'secrets.NONE, {{ 1 + 1 }}' } },
    ],
    flow: {
      transitions: [
        {
          from: 'call',
          to: 'plain',
          condition: {
            type: 'any',
            conditions: [{ type: 'plugin', plugin: 'x.y', config: { k: '{{ secrets.ASK }}' } }],
          },
        },
      ],
    },
    hooks: [{ uses: 'text.tell', with: { key: '{{ secrets.HOOK }}' } }],
    reporters: [{ uses: 'text.report', with: { key: '{{ secrets.REPORT }}' } }],
    exporters: [{ uses: 'text.export', with: { key: '{{ secrets.EXPORT }}' } }],
  });
  expect(names).toEqual(['ASK', 'CHECK', 'EXPORT', 'HOOK', 'REPORT', 'SIGN', 'TOKEN', 'UNDO', 'a-b']);
});
