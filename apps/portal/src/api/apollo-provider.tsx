'use client';

import { ApolloNextAppProvider } from '@apollo/client-integration-nextjs';
import type { ReactNode } from 'react';
import { useApiUrl } from './api-url.tsx';
import { createApolloClient } from './apollo-client.ts';

export function ApolloProvider({ nonce, children }: Readonly<{ nonce: string | undefined; children: ReactNode }>) {
  const apiUrl = useApiUrl();
  return (
    <ApolloNextAppProvider makeClient={() => createApolloClient(apiUrl)} extraScriptProps={nonce ? { nonce } : {}}>
      {children}
    </ApolloNextAppProvider>
  );
}
