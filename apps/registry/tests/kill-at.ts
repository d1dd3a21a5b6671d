/**
 * Loaded before the registry: kills its process, as a power cut would, when it gets to a step of a publish that it was
 * told of by a message. Nothing of the registry knows of it.
 */
import { promises } from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';
import type { KillStep } from './kill-steps.ts';

let killAt: KillStep | undefined;
process.on('message', (message: Readonly<{ killAt?: KillStep }>) => {
  killAt = message.killAt;
  process.send?.({ ready: killAt });
});

const reach = (step: KillStep): void => {
  if (step === killAt) process.kill(process.pid, 'SIGKILL');
};

const stored = (path: string): 'tarball' | 'document' => (path.includes('.tgz') ? 'tarball' : 'document');

const { rename } = promises;
promises.rename = async (from, to) => {
  const what = stored(String(to));
  reach(`before ${what}`);
  await rename(from, to);
  reach(`after ${what}`);
};
syncBuiltinESMExports();

type End = (this: http.ClientRequest, ...args: unknown[]) => http.ClientRequest;
const { end } = http.ClientRequest.prototype as unknown as Readonly<{ end: End }>;
http.ClientRequest.prototype.end = function (this: http.ClientRequest, ...args: unknown[]): http.ClientRequest {
  if (this.method !== 'PUT') return end.apply(this, args);
  const what = stored(this.path);
  reach(`before ${what}`);
  this.prependOnceListener('response', () => reach(`after ${what}`));
  return end.apply(this, args);
} as typeof http.ClientRequest.prototype.end;

type Query = (this: unknown, ...args: unknown[]) => unknown;
const { query } = pg.Client.prototype as unknown as Readonly<{ query: Query }>;
const AFTER_INTENT: KillStep = 'after intent';
const AFTER_RECORD: KillStep = 'after record';
let isRecording = false;
pg.Client.prototype.query = function (this: unknown, ...args: unknown[]): unknown {
  const text = textOf(args[0]);
  const isIntent = /^insert into "public"\."publish_intents"/i.test(text);
  if (isIntent) reach('before intent');
  if (/^insert into "public"\."plugin_versions"/i.test(text)) {
    isRecording = true;
    reach('before record');
  }
  const isCommit = isRecording && /^commit/i.test(text);
  if (isCommit) isRecording = false;
  const answer = query.apply(this, args);
  if (answer instanceof Promise) {
    void reachAfter(answer, [...(isIntent ? [AFTER_INTENT] : []), ...(isCommit ? [AFTER_RECORD] : [])]);
  }
  return answer;
} as typeof pg.Client.prototype.query;

async function reachAfter(answer: Promise<unknown>, steps: readonly KillStep[]): Promise<void> {
  await answer.catch(() => undefined);
  for (const step of steps) reach(step);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null && 'text' in value ? String(value.text) : '';
}
