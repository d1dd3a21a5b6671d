const KEY_BYTES = 16;

/**
 * Hands out idempotency keys: the same one while the same request is sent again, as after a lost answer,
 * and a new one for another request.
 */
export function createRequestKeys(): (request: unknown) => string {
  let last = { request: '', key: '' };
  return (request) => {
    const text = JSON.stringify(request);
    if (last.key === '' || last.request !== text) last = { request: text, key: randomKey() };
    return last.key;
  };
}

/** Unlike `crypto.randomUUID`, works on pages that were not served over https. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
