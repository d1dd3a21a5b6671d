import { expect, test } from 'vitest';
import { traceIdOf } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

test('a trace goes on that the caller has begun', () => {
  expect(traceIdOf({ headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` } })).toBe(TRACE);
});

test.each([
  undefined,
  '',
  TRACE,
  `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`,
  `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
])('a new one begins for %j', (traceparent) => {
  const trace = traceIdOf({ headers: traceparent === undefined ? {} : { traceparent } });
  expect(trace).toMatch(/^[0-9a-f]{32}$/);
  expect(trace).not.toMatch(/^0+$/);
  expect(trace).not.toBe(TRACE);
});
