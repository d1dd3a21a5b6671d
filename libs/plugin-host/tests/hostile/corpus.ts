import type { Attempt } from './attempt.ts';
import { CHANNELS } from './attempts/channels.ts';
import { EXHAUSTION } from './attempts/exhaustion.ts';
import { FRAMES } from './attempts/frames.ts';
import { LIFECYCLE } from './attempts/lifecycle.ts';
import { MODULES } from './attempts/modules.ts';
import { NETWORK } from './attempts/network.ts';
import { POLLUTION } from './attempts/pollution.ts';
import { PROCESSES } from './attempts/processes.ts';
import { REALM } from './attempts/realm.ts';
import { REQUESTS } from './attempts/requests.ts';
import { THEFT } from './attempts/theft.ts';

const CATEGORIES = {
  realm: REALM,
  modules: MODULES,
  pollution: POLLUTION,
  theft: THEFT,
  network: NETWORK,
  processes: PROCESSES,
  exhaustion: EXHAUSTION,
  frames: FRAMES,
  requests: REQUESTS,
  channels: CHANNELS,
  lifecycle: LIFECYCLE,
} as const satisfies Readonly<Record<string, readonly Attempt[]>>;

export const CORPUS: readonly (Attempt & { readonly category: string })[] = Object.entries(CATEGORIES).flatMap(
  ([category, attempts]) => attempts.map((attempt: Attempt) => ({ ...attempt, category })),
);

/** Those that fire their canary where there is no sandbox. */
export const PROVEN = CORPUS.filter(({ proof }) => proof !== 'none');
