import { ApolloLink, HttpLink } from '@apollo/client';
import { ApolloClient, InMemoryCache } from '@apollo/client-integration-nextjs';
import { ServerError } from '@apollo/client/errors';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

/** The concrete types behind the schema's `Error`, which a mutation's result may be. */
const ERROR_TYPES = ['Conflict', 'Forbidden', 'NotFound', 'Unauthenticated', 'ValidationFailed'];

/** Creates the browser's client: queries over HTTP, subscriptions over a websocket, both signed in by cookie. */
export function createApolloClient(apiUrl: string): ApolloClient {
  const http = new HttpLink({ uri: `${apiUrl}/graphql`, credentials: 'include' });
  return new ApolloClient({
    cache: createCache(),
    link: typeof window === 'undefined' ? http : splitSubscriptions(leaveEndedSession.concat(http), apiUrl),
  });
}

function createCache(): InMemoryCache {
  return new InMemoryCache({
    possibleTypes: { Error: ERROR_TYPES },
    typePolicies: {
      Query: { fields: { plugins: relayStylePagination(['search', 'tenantId']) } },
      Tenant: {
        fields: {
          pipelines: relayStylePagination(['search', 'includeArchived']),
          runs: relayStylePagination(['first', 'status', 'pipelineId']),
          members: relayStylePagination(),
          apiTokens: relayStylePagination(),
          installations: relayStylePagination(),
        },
      },
      Pipeline: { fields: { runs: relayStylePagination(['first', 'status']), versions: relayStylePagination() } },
    },
  });
}

/** The API answers 401 once a session has ended; what the page then needs is a new one. */
const leaveEndedSession = new ErrorLink(({ error }) => {
  if (ServerError.is(error) && error.statusCode === 401) window.location.assign('/sign-in');
});

function splitSubscriptions(http: ApolloLink, apiUrl: string): ApolloLink {
  // A dropped socket must surface: the reader resumes from its own cursor, which a silent retry would not know.
  const socket = createClient({ url: `${apiUrl.replace(/^http/, 'ws')}/graphql`, retryAttempts: 0, lazy: true });
  return ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    http,
  );
}
