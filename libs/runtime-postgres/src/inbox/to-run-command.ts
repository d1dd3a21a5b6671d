import type { RunCommand } from '@ia-modules/engine';
import type { StoredCommand } from './inbox-store.ts';
import type { InboxCommandKind, InboxPayload } from './inbox-command.ts';

type Translate = {
  readonly [K in Exclude<InboxCommandKind, 'child_ended'>]: (payload: InboxPayload[K], by: string) => RunCommand;
};

const TRANSLATE: Translate = {
  cancel: ({ reason }, by) => ({ kind: 'cancel_requested', reason, by }),
  pause: (_payload, by) => ({ kind: 'pause_requested', by }),
  resume: (_payload, by) => ({ kind: 'resume_requested', by }),
  raise_budget: (limits, by) => ({ kind: 'budget_raised', ...limits, by }),
  signal: (signal) => ({ kind: 'signal_received', ...signal }),
  decide_approval: (vote) => ({ kind: 'approval_decided', ...vote }),
  decide_effect: (decision, by) => ({ kind: 'effect_decided', ...decision, by }),
  debug: ({ command }) => ({ kind: 'debug_command', command }),
};

/** What a run is told by a command of its inbox; undefined for a kind that is not known here. */
export const toRunCommand = ({ kind, payload, requestedBy }: StoredCommand): RunCommand | undefined => {
  if (!isKnown(kind) || typeof payload !== 'object' || payload === null) return undefined;
  const translate = TRANSLATE[kind] as (payload: unknown, by: string) => RunCommand;
  return translate(payload, requestedBy);
};

/** The sub-pipeline that has ended, by the command that says so. */
export const toEndedChild = ({ kind, payload }: StoredCommand): InboxPayload['child_ended'] | undefined =>
  kind === 'child_ended' ? (payload as InboxPayload['child_ended']) : undefined;

const isKnown = (kind: string): kind is keyof Translate => Object.hasOwn(TRANSLATE, kind);
