import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSecrets } from './secrets.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'ia-secrets-'));
});

afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const load = (reports: string[] = []) => loadSecrets(dataDir, (message) => reports.push(message));

test('secrets are made once and kept', () => {
  const made = load();
  expect(Buffer.from(made.secretKey, 'base64')).toHaveLength(32);
  expect(load()).toEqual(made);
});

test('an installation that is older than a secret keeps what it has and gets that one', () => {
  const { secretKey, ...older } = load();
  const file = path.join(dataDir, 'secrets.json');
  writeFileSync(file, JSON.stringify(older));
  const reports: string[] = [];
  const upgraded = load(reports);
  expect(upgraded).toMatchObject(older);
  expect(upgraded.secretKey).not.toBe(secretKey);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(upgraded);
  expect(load(reports)).toEqual(upgraded);
  expect(reports).toEqual([]);
});
