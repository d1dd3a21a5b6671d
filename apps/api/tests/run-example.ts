import { type ExampleBlock, fillPlaceholders } from './example-block.ts';
import type { ExampleScene } from './example-scene.ts';
import { type Data, send } from './graphql-client.ts';
import { openSocket } from './socket-client.ts';

const wrongTypes = ({ typedFields, answers }: ExampleBlock, data: Data): readonly unknown[] => {
  if (typedFields.length === 0) return ['An example of a mutation asks for `__typename`.'];
  const isExpected = ({ __typename: type }: { readonly __typename: string }): boolean =>
    answers === null ? type.endsWith('Success') : type === answers;
  return typedFields.map((field) => data[field]).filter((result) => !isExpected(result));
};

const listen = async (scene: ExampleScene, { isSilent }: ExampleBlock, query: string, token: string | undefined) => {
  const socket = openSocket(scene.api, token);
  try {
    const feed = socket.subscribe(query, {});
    // Where no event is to be expected, an operation behind it is: a refusal would have come before its answer.
    const hasAnswered = isSilent ? socket.subscribe('{ __typename }', {}).done : feed.first;
    await Promise.race([hasAnswered, feed.done]);
    return feed.errors;
  } finally {
    await socket.close();
  }
};

/** Does what an example shows and gives whatever it answers that it should not. */
export const runExample = async (scene: ExampleScene, block: ExampleBlock): Promise<readonly unknown[]> => {
  const query = await fillPlaceholders(block.source, (name) => scene.value(name));
  const token = await scene.credential(block.actor);
  if (block.kind === 'subscription') return listen(scene, block, query, token);
  const { data, errors = [] } = await send(scene.api, { token, query });
  return block.kind === 'mutation' && data !== null ? [...errors, ...wrongTypes(block, data)] : errors;
};
