export { askJson, type JsonQuestion } from './ask-json.ts';
export { exchange, type Outgoing } from './exchange.ts';
export { pick } from './pick.ts';
export { politely } from './politely.ts';
export { parseJsonBody, readBytes, readText } from './read-body.ts';
export { type QueryValue, setHeader, toHeaders, toUrl } from './request-parts.ts';
export { readRetryAfter } from './retry-after.ts';
export { statusError } from './status-error.ts';
export { type RetryPolicy, withRetries } from './with-retries.ts';
