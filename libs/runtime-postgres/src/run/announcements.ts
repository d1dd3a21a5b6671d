import type { PlatformError } from '@ia-modules/plugin-sdk';

/** Starts of attempts that have to be in the log before the attempts go on. */
export type Announcements = {
  /** Resolves once the start under this key is committed; rejects when the attempt is canceled before. */
  announce(key: string): Promise<void>;
  /** Notes that the start was given to the interpreter: the next commit holds it. Whether somebody waits for that. */
  noteTaken(key: string): boolean;
  /** Hands out what the commit that is about to be made settles. */
  takeCommitting(): CommittingStarts;
  withdraw(key: string): void;
  withdrawAll(reason: PlatformError): void;
};

export type CommittingStarts = { resolve(): void; reject(reason: PlatformError): void };

export const createAnnouncements = (): Announcements => {
  const announced = new Map<string, PromiseWithResolvers<void>>();
  let taken: PromiseWithResolvers<void>[] = [];
  return {
    announce: (key) => {
      const start = Promise.withResolvers<void>();
      announced.set(key, start);
      return start.promise;
    },
    noteTaken: (key) => {
      const start = announced.get(key);
      if (start === undefined) return false;
      announced.delete(key);
      taken.push(start);
      return true;
    },
    takeCommitting: () => {
      const starts = taken;
      taken = [];
      return {
        resolve: () => {
          for (const start of starts) start.resolve();
        },
        reject: (reason) => {
          for (const start of starts) start.reject(reason);
        },
      };
    },
    withdraw: (key) => {
      announced.get(key)?.reject(new DOMException('The attempt was canceled.', 'AbortError'));
      announced.delete(key);
    },
    withdrawAll: (reason) => {
      for (const start of [...announced.values(), ...taken]) start.reject(reason);
      announced.clear();
      taken = [];
    },
  };
};
