'use client';

import { createAuthClient } from 'better-auth/react';
import { useMemo } from 'react';
import { useApiUrl } from '#src/api/api-url.tsx';

/** The API's better-auth endpoints, called from the browser with its cookies. */
export function useAuthClient() {
  const apiUrl = useApiUrl();
  return useMemo(
    () => createAuthClient({ baseURL: `${apiUrl}/auth`, fetchOptions: { credentials: 'include' } }),
    [apiUrl],
  );
}
