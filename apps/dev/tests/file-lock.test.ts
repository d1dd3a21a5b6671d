import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tryLock, waitForLock } from '../src/file-lock.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ia-lock-'));
  file = path.join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a lock is held once and can be taken again when released', () => {
  const first = tryLock(file);
  expect(first.held).toBe(true);
  expect(tryLock(file)).toMatchObject({ held: false, holder: { pid: process.pid } });
  if (first.held) first.release();
  expect(tryLock(file).held).toBe(true);
});

test('a lock of a killed process is taken over', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  writeFileSync(file, JSON.stringify({ pid }));
  expect(tryLock(file)).toMatchObject({ held: false, holder: { pid } });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(tryLock(file).held).toBe(true);
});

test('a lock whose process id now belongs to another process is taken over', () => {
  writeFileSync(file, JSON.stringify({ pid: process.pid, startTime: 'another' }));
  expect(tryLock(file).held).toBe(true);
});

test('a half-written lock is taken over', () => {
  writeFileSync(file, '{"pid":');
  expect(tryLock(file).held).toBe(true);
});

test('whoever waits gets the lock when it is released', async () => {
  const first = tryLock(file);
  let told: number | undefined;
  const second = waitForLock(file, ({ pid }) => {
    told = pid;
    if (first.held) first.release();
  });
  (await second)();
  expect(told).toBe(process.pid);
});
