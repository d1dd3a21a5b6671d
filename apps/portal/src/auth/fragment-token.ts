'use client';

import { useSyncExternalStore } from 'react';

const subscribe = (onChange: () => void): (() => void) => {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
};

const readToken = (): string => new URLSearchParams(window.location.hash.slice(1)).get('token') ?? '';

/** The token behind the # of a link in a mail, which browsers send to nobody; null while the page is not in a browser yet. */
export const useFragmentToken = (): string | null =>
  useSyncExternalStore<string | null>(subscribe, readToken, () => null);
