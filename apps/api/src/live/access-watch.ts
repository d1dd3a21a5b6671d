import { createHash } from 'node:crypto';
import { hashApiToken, isApiToken, type Listener, type Principal } from '@ia-modules/database';
import type { Logger } from 'pino';
import { unauthenticated } from '../access.ts';
import { type Credential, credentialKey } from '../auth/credential.ts';
import type { PrincipalResolver } from '../auth/principal-resolver.ts';

/** Who stands behind a credential that stays in use: a socket, or a stream of events. */
export type AccessTicket = {
  /** Null once the session ended or the token was revoked. */
  readonly principal: Principal | null;
  release(): void;
};

export type AccessWatch = {
  /** `onChange` is called whenever it turns out that the principal is another one than before. */
  watch(credential: Credential | null, onChange: () => void): Promise<AccessTicket>;
  close(): void;
};

export type AccessWatchOptions = {
  readonly principals: PrincipalResolver;
  readonly listener: Listener;
  readonly logger: Logger;
};

type Watched = {
  readonly credential: Credential;
  /** What notifications may name: the hash of a token or session, the id of a user. */
  readonly names: Set<string>;
  readonly listeners: Set<() => void>;
  principal: Principal | null;
  checkedAtMs: number;
};

const SWEEP_MS = 1_000;
/** How long nobody looks at a credential of which nothing is heard. */
const CHECK_EVERY_MS = 3_000;
/** With very many credentials each is looked at less often: notifications tell what ends, apart from what expires. */
const CHECKS_PER_SWEEP = 100;
const CHANNELS = ['token_revoked', 'session_ended', 'membership_changed'] as const;

/** Looks after the credentials of all open sockets and streams together: by what the database tells, and by the clock. */
export const createAccessWatch = ({ principals, listener, logger }: AccessWatchOptions): AccessWatch => {
  const watched = new Map<string, Watched>();

  const check = async (one: Watched): Promise<void> => {
    one.checkedAtMs = performance.now();
    try {
      const principal = await principals.resolve(one.credential);
      if (samePrincipal(principal, one.principal)) return;
      one.principal = principal;
      nameAll(one);
      for (const onChange of one.listeners) onChange();
    } catch (error) {
      // Nothing is known while the database does not answer; the next check tells.
      logger.debug({ err: error }, 'a credential could not be checked');
    }
  };

  const sweep = setInterval(() => {
    const due = performance.now() - CHECK_EVERY_MS;
    const oldest = [...watched.values()].filter(({ checkedAtMs }) => checkedAtMs < due);
    if (oldest.length > CHECKS_PER_SWEEP) oldest.sort((a, b) => a.checkedAtMs - b.checkedAtMs);
    for (const one of oldest.slice(0, CHECKS_PER_SWEEP)) void check(one);
  }, SWEEP_MS).unref();

  const onTold = (name: string): void => {
    principals.forget();
    for (const one of watched.values()) if (one.names.has(name)) void check(one);
  };
  /** While the connection was down, notifications were missed. */
  const onReconnected = (): void => {
    principals.forget();
    for (const one of watched.values()) one.checkedAtMs = Number.NEGATIVE_INFINITY;
  };
  for (const channel of CHANNELS) listener.listen(channel, onTold, onReconnected).catch(() => undefined);

  return {
    watch: async (credential, onChange) => {
      if (credential === null) return { principal: null, release: () => undefined };
      const key = credentialKey(credential);
      const one = watched.get(key) ?? (await begin(credential));
      watched.set(key, one);
      one.listeners.add(onChange);
      return {
        get principal() {
          return one.principal;
        },
        release: () => {
          one.listeners.delete(onChange);
          if (one.listeners.size === 0 && watched.get(key) === one) watched.delete(key);
        },
      };
    },
    close: () => clearInterval(sweep),
  };

  async function begin(credential: Credential): Promise<Watched> {
    const principal = await principals.resolve(credential);
    const known = watched.get(credentialKey(credential));
    if (known !== undefined) return known;
    if (principal === null) throw unauthenticated();
    const checkedAtMs = performance.now();
    const one: Watched = { credential, names: new Set(), listeners: new Set(), principal, checkedAtMs };
    nameAll(one);
    return one;
  }
};

const nameAll = ({ credential, principal, names }: Watched): void => {
  for (const name of [...namesOf(credential), ...(principal === null ? [] : [userOf(principal)])]) names.add(name);
};

const userOf = (principal: Principal): string => (principal.kind === 'user' ? principal.userId : principal.createdBy);

const namesOf = (credential: Credential): readonly string[] => {
  if (credential.kind === 'bearer' && isApiToken(credential.token)) return [hashApiToken(credential.token)];
  const signed = credential.kind === 'bearer' ? credential.token : (credential.cookie.split('=')[1] ?? '');
  // What is signed ends with a dot and the signature.
  const [token = ''] = decode(signed).split('.', 1);
  return [createHash('sha256').update(token).digest('hex')];
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const samePrincipal = (a: Principal | null, b: Principal | null): boolean => JSON.stringify(a) === JSON.stringify(b);
