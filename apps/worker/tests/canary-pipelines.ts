import { KEEPER } from './secret-plugin.ts';

/** More than stays in the database. */
const FILLER_CHARS = 400_000;

const plugins = { keeper: `${KEEPER}@^1.0.0` };
const KEY = '{{ secrets.KEY }}';
const retry = { max_attempts: 2, initial_delay: '1ms' };

/** Pipelines that use secrets wherever they may, and end in every way. */
export const canaryPipelines = (targetUrl: string) => [
  {
    name: 'succeeds',
    plugins,
    steps: [
      {
        id: 'call',
        uses: 'http.request',
        with: {
          url: targetUrl,
          method: 'POST',
          headers: { authorization: `Bearer ${KEY.replace('KEY', 'HEADER')}` },
          query: { key: KEY },
          body: { nested: [{ key: `before ${KEY} after` }] },
        },
        timeout: '20s',
      },
      {
        id: 'keep',
        uses: 'keeper.keep',
        with: { note: KEY, seen: '{{ steps.call.output.body }}', fillerChars: FILLER_CHARS },
        timeout: '20s',
        transform: [{ uses: 'keeper.pass', with: { key: KEY } }],
        validate: [{ uses: 'keeper.judge', with: { key: KEY } }],
        cache: { key: 'kept', ttl: '1h' },
      },
      {
        id: 'again',
        uses: 'keeper.keep',
        with: { told: '{{ steps.keep.output.told }}', first: '{{ steps.keep.output.told[0] + "!" }}', key: KEY },
        timeout: '20s',
      },
    ],
    flow: {
      transitions: [
        { from: 'call', to: 'keep' },
        { from: 'keep', to: 'again' },
      ],
    },
    hooks: [{ uses: 'keeper.pass', with: { key: KEY } }],
    outputs: { call: '{{ steps.call.output }}', again: '{{ steps.again.output.told }}' },
  },
  {
    name: 'fails',
    plugins,
    steps: [
      {
        id: 'keep',
        uses: 'keeper.keep',
        with: { note: KEY },
        timeout: '20s',
        compensate: { uses: 'keeper.lose', with: { undo: KEY } },
      },
      { id: 'lose', uses: 'keeper.lose', with: { note: `lost ${KEY}`, retryable: true }, timeout: '20s', retry },
    ],
    flow: { transitions: [{ from: 'keep', to: 'lose' }], on_failure: 'compensate' },
    hooks: [{ uses: 'keeper.lose', with: { key: KEY } }],
  },
  {
    name: 'is-judged',
    plugins,
    steps: [
      {
        id: 'keep',
        uses: 'keeper.keep',
        with: { note: KEY },
        timeout: '20s',
        validate: [{ uses: 'keeper.judge', with: { key: KEY, valid: false } }],
      },
    ],
  },
  {
    name: 'breaks',
    steps: [{ id: 'call', uses: 'http.request', with: { url: `${targetUrl}/break/${KEY}` }, timeout: '20s', retry }],
  },
  {
    name: 'gets-no-host',
    steps: [{ id: 'call', uses: 'http.request', with: { url: `http://nowhere.invalid/${KEY}` }, timeout: '20s' }],
  },
];
