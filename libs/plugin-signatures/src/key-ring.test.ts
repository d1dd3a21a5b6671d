import { expect, it } from 'vitest';
import { createKeyRing, type KeySource } from './key-ring.ts';
import { signVersion } from './signature.ts';
import { createSigningKeyPem, readSigningKey, type SigningKey } from './signing-key.ts';

const key = readSigningKey(createSigningKeyPem());
const version = { name: '@community/words', version: '1.0.0', integrity: 'sha512-AAAA' };
const signed = { ...version, signatures: [signVersion(version, key)] };

function rowOf({ keyId, publicKey }: SigningKey) {
  return { key_id: keyId, public_key: publicKey, expires_at: null, revoked_at: null as Date | null };
}

/** A table in memory, and the channel that tells of its changes. */
function keyTable(rows: ReturnType<typeof rowOf>[]) {
  let notify: (payload: string) => void = () => undefined;
  const state = { isAway: false, reads: 0 };
  const query = async () => {
    state.reads++;
    if (state.isAway) throw new Error('the database is away');
    return { rows: structuredClone(rows) };
  };
  const listener = {
    listen: async (_channel: string, handler: (payload: string) => void) => {
      notify = handler;
      return async () => undefined;
    },
  };
  return { pool: { query } as unknown as KeySource, listener, state, changed: () => notify('') };
}

it('verifies from memory until it is told of a change', async () => {
  const row = rowOf(key);
  const table = keyTable([row]);
  const ring = createKeyRing(table);
  expect(await ring.verify(signed)).toMatchObject({ ok: true });
  expect(await ring.verify(signed)).toMatchObject({ ok: true });
  expect(table.state.reads).toBe(1);

  row.revoked_at = new Date();
  table.changed();
  expect(await ring.verify(signed)).toMatchObject({ problem: 'revoked_key' });
  await ring.close();
});

it('trusts nothing while it can not read the keys, and recovers', async () => {
  const table = keyTable([rowOf(key)]);
  const ring = createKeyRing(table);
  table.state.isAway = true;
  await expect(ring.verify(signed)).rejects.toThrow('the database is away');
  table.state.isAway = false;
  expect(await ring.verify(signed)).toMatchObject({ ok: true });
});

it('counts no key but those that the operator has pinned', async () => {
  const other = readSigningKey(createSigningKeyPem());
  const table = keyTable([rowOf(key), rowOf(other)]);
  const ring = createKeyRing({ ...table, trustedKeyIds: [other.keyId] });
  expect(await ring.verify(signed)).toMatchObject({ problem: 'unknown_key' });
});

it('does not take a key that stands under the id of another', async () => {
  const other = readSigningKey(createSigningKeyPem());
  const table = keyTable([{ ...rowOf(other), key_id: key.keyId }]);
  expect(await createKeyRing(table).verify(signed)).toMatchObject({ problem: 'unknown_key' });
});
