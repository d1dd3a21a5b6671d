import { userInfo } from 'node:os';

/** A secret from the environment: `IA_SECRET_API_KEY` for `API_KEY`. */
export const readSecretVariable = (name: string): string | undefined => process.env[`IA_SECRET_${name}`];

/** Who works at this terminal. */
export const readUserName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return 'local';
  }
};
