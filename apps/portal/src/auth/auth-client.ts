'use client';

import { deviceAuthorizationClient, twoFactorClient } from 'better-auth/client/plugins';
import { createAuthClient } from 'better-auth/react';
import { useMemo } from 'react';
import { useApiUrl } from '#src/api/api-url.tsx';

/** The API's better-auth endpoints, called from the browser with its cookies. */
export function useAuthClient() {
  const apiUrl = useApiUrl();
  return useMemo(() => createClient(apiUrl), [apiUrl]);
}

const createClient = (apiUrl: string) =>
  createAuthClient({
    baseURL: `${apiUrl}/auth`,
    fetchOptions: { credentials: 'include' },
    plugins: [twoFactorClient(), deviceAuthorizationClient()],
  });
