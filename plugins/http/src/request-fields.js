import { z } from 'zod';
import { authInput } from './auth.ts';
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const MAX_HEADERS = 100;
const MAX_QUERY = 200;
export const httpStatus = z.int().min(100).max(599);
export const headersOutput = z.record(z.string(), z.string()).describe('Headers of the response, names in lower case.');
const fewerThan = (count) => (record) => Object.keys(record).length <= count;
export const retryInput = z.strictObject({
  max_attempts: z
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe('Tries within this one attempt of the step; the first counts.'),
  statuses: z
    .array(httpStatus)
    .min(1)
    .max(50)
    .default([408, 425, 429, 500, 502, 503, 504])
    .describe('Statuses that are tried again, besides failures of the network.'),
  delay_ms: z.int().min(0).max(60000).default(500).describe('Before the second try; doubles each time, with jitter.'),
  max_delay_ms: z
    .int()
    .min(0)
    .max(600000)
    .default(30000)
    .describe('The longest wait. A server that asks for more in Retry-After is not tried again.'),
  idempotent: z
    .boolean()
    .default(false)
    .describe('Whether the server does a POST or PATCH once for each idempotency key, so that it may be repeated.'),
});
/** What every request of this plugin has in common. */
export const requestFields = {
  url: z.url({ protocol: /^https?$/ }).describe('Address of the request, in full.'),
  headers: z
    .record(z.string(), z.string())
    .refine(fewerThan(MAX_HEADERS), `must be at most ${MAX_HEADERS} headers`)
    .default({})
    .describe('Headers to send.'),
  query: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .refine(fewerThan(MAX_QUERY), `must be at most ${MAX_QUERY} values`)
    .default({})
    .describe('Appended to the URL.'),
  auth: authInput.optional().describe('How the request says who sends it.'),
  retry: retryInput.optional().describe('Tries again within the step. Left out, the step’s own retry policy decides.'),
  timeout_ms: z.int().min(1).max(600000).default(30000).describe('Of one try, reading included, in milliseconds.'),
  expect_status: z
    .union([httpStatus, z.array(httpStatus).min(1)])
    .optional()
    .describe('Statuses that count as success. Left out, 200 to 299.'),
  follow_redirects: z
    .boolean()
    .default(true)
    .describe('Whether redirects are followed. With an API key in a header they never are: it could reach others.'),
};
export const maxBytesInput = (defaultBytes) =>
  z
    .int()
    .min(1)
    .max(64 * 1024 * 1024)
    .default(defaultBytes)
    .describe('Most bytes of a response, unpacked.');
export const json = z.custom();
export const jsonBody = json.optional();
