import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readConfigFolder } from '../config.ts';

const sessionsSchema = z.record(z.string(), z.object({ token: z.string().regex(/^[\x21-\x7e]+$/) }));
type Sessions = z.infer<typeof sessionsSchema>;

const fileOf = (): string => path.join(readConfigFolder(), 'sessions.json');

/** A file that is not there, or that somebody has broken, holds no session. */
const readSessions = async (): Promise<Sessions> => {
  try {
    return sessionsSchema.parse(JSON.parse(await readFile(fileOf(), 'utf8')));
  } catch {
    return {};
  }
};

const writeSessions = async (sessions: Sessions): Promise<void> => {
  const file = fileOf();
  const part = `${file}.${process.pid}.part`;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(part, `${JSON.stringify(sessions, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
};

/** A session is kept for the address that gave it, and sent to no other. */
const keyOf = (apiUrl: string): string => new URL(apiUrl).href;

export const findStoredSession = async (apiUrl: string): Promise<string | undefined> =>
  (await readSessions())[keyOf(apiUrl)]?.token;

/** Keeps a session in a file of the user's that nobody else may read. */
export const storeSession = async (apiUrl: string, token: string): Promise<void> =>
  writeSessions({ ...(await readSessions()), [keyOf(apiUrl)]: { token } });

export const forgetSession = async (apiUrl: string): Promise<void> => {
  const { [keyOf(apiUrl)]: _forgotten, ...others } = await readSessions();
  await writeSessions(others);
};
