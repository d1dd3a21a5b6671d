import { GraphQLError, Kind, type TypeNode } from 'graphql';

/** What holds the value of a secret. */
const SECRET_INPUTS: ReadonlySet<string> = new Set([
  'CreateSecretInput',
  'RotateSecretInput',
  'TestSecretInput',
  'ConfigureSingleSignOnInput',
  'AnswerInvitationInput',
]);

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

/** Errors about a variable quote it: those about one that may hold a secret say only which it is. */
export const withholdSecrets = (error: GraphQLError): GraphQLError => {
  const [node] = error.nodes ?? [];
  if (node?.kind !== Kind.VARIABLE_DEFINITION) return error;
  const type = nameOf(node.type);
  if (!SECRET_INPUTS.has(type)) return error;
  const message = `Variable "$${node.variable.name.value}" is no valid ${type}; it is not quoted, as it may hold a secret.`;
  return new GraphQLError(message, { nodes: error.nodes ?? null, extensions: error.extensions });
};
