import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestApi, type TestApi } from '@ia-modules/api/testing';
import { createTestDatabase, type TestDatabase } from '@ia-modules/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const KNOWN = 'query Known { __typename }';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

let database: TestDatabase;
let folder: string;
let file: string;
let open: TestApi;
let closed: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(path.join(tmpdir(), `ia-documents-${randomUUID()}`));
  file = path.join(folder, 'manifest.json');
  writeFileSync(file, JSON.stringify({ [hashOf(KNOWN)]: KNOWN }));
  open = await startTestApi(database, { IA_PERSISTED_DOCUMENTS: file });
  closed = await startTestApi(database, { IA_PERSISTED_DOCUMENTS: file, IA_PERSISTED_ONLY: 'true' });
});

afterAll(async () => {
  await Promise.all([open?.close(), closed?.close()]);
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async (api: TestApi, body: object) => {
  const response = await fetch(api.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
};

const documentId = `sha256:${hashOf(KNOWN)}`;
const refused = { errors: [{ extensions: { code: 'IA_API_DOCUMENT' } }] };

describe('a persisted document', () => {
  it('is executed by its id, with POST and with GET', async () => {
    expect(await ask(open, { documentId })).toMatchObject({ data: { __typename: 'Query' } });
    const response = await fetch(`${open.graphqlUrl}?documentId=${encodeURIComponent(documentId)}`);
    expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } });
  });

  it('is asked for by somebody, also where a browser opens its address', async () => {
    const response = await fetch(`${open.graphqlUrl}?documentId=${encodeURIComponent(documentId)}`, {
      headers: { accept: 'text/html,*/*;q=0.8', authorization: 'Bearer nobody' },
    });
    expect(response.status).toBe(401);
  });

  it.each([
    ['an unknown id', { documentId: `sha256:${'0'.repeat(64)}` }],
    ['an id of another form', { documentId: hashOf(KNOWN) }],
    ['an id and a document', { documentId, query: KNOWN }],
  ])('is refused with %s', async (_name, body) => {
    expect(await ask(open, body)).toMatchObject(refused);
  });

  it('may be the only kind that is accepted', async () => {
    expect(await ask(closed, { documentId })).toMatchObject({ data: { __typename: 'Query' } });
    expect(await ask(closed, { query: KNOWN })).toMatchObject({ data: { __typename: 'Query' } });
    expect(await ask(closed, { query: '{ __typename }' })).toMatchObject(refused);
    expect(await ask(open, { query: '{ __typename }' })).toMatchObject({ data: { __typename: 'Query' } });
  });
});

it('a manifest with a wrong hash stops the start', async () => {
  const wrong = path.join(folder, 'wrong.json');
  writeFileSync(wrong, JSON.stringify({ ['0'.repeat(64)]: KNOWN }));
  await expect(startTestApi(database, { IA_PERSISTED_DOCUMENTS: wrong })).rejects.toMatchObject({
    code: 'IA_CONFIG_INVALID',
  });
});
