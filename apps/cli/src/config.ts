import { userInfo } from 'node:os';

const SECRET_PREFIX = 'IA_SECRET_';

/** The secrets in the environment: `IA_SECRET_API_KEY` is `API_KEY`. */
export const readSecretVariables = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
      name.startsWith(SECRET_PREFIX) && value !== undefined ? [[name.slice(SECRET_PREFIX.length), value]] : [],
    ),
  );

/** Who works at this terminal. */
export const readUserName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'local';
  }
};
