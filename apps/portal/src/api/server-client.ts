import { HttpLink } from '@apollo/client';
import { ApolloClient, InMemoryCache, registerApolloClient } from '@apollo/client-integration-nextjs';
import { headers } from 'next/headers';
import { readConfig } from '#src/config.ts';

/** Queries the API while a page renders on the server, as the person whose cookie came with the request. */
export const { query } = registerApolloClient(async () => {
  const cookie = (await headers()).get('cookie') ?? '';
  return new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({
      uri: `${readConfig().apiUrl}/graphql`,
      headers: { cookie },
      fetchOptions: { cache: 'no-store' },
    }),
  });
});
