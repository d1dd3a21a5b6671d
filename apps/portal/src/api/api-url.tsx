'use client';

import { createContext, type ReactNode, use } from 'react';

const ApiUrl = createContext<string | null>(null);

/** Carries the API's address from the server's environment to the browser. */
export function ApiUrlProvider({ apiUrl, children }: Readonly<{ apiUrl: string; children: ReactNode }>) {
  return <ApiUrl value={apiUrl}>{children}</ApiUrl>;
}

export function useApiUrl(): string {
  const apiUrl = use(ApiUrl);
  if (apiUrl === null) throw new Error('useApiUrl needs an ApiUrlProvider above it.');
  return apiUrl;
}
