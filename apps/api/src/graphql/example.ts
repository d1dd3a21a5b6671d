/**
 * A description with operations that show how it is used. They are run by a test, with a value in place of each
 * `<placeholder>`; comments on top say whom as, and what they answer.
 */
export const example = (text: string, ...operations: readonly string[]): string =>
  [text, ...operations.map((operation) => `\`\`\`graphql\n${operation.trim()}\n\`\`\``)].join('\n\n');
