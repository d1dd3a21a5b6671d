import { printable, printableJson } from '../printable.ts';
import type { Terminal, TextStyle } from '../terminal.ts';
import type { FollowedEvent, FollowedItem } from './documents/event-documents.ts';

type Words = { readonly words: string; readonly style?: TextStyle };

/** What people read of a run's events; the others are for machines. */
const SHOWN: Readonly<Record<string, Words>> = {
  run_started: { words: 'started' },
  run_waiting: { words: 'waits', style: 'yellow' },
  run_resumed: { words: 'goes on' },
  run_ending: { words: 'is about to end' },
  run_succeeded: { words: 'succeeded', style: 'green' },
  run_failed: { words: 'failed', style: 'red' },
  run_canceled: { words: 'canceled', style: 'magenta' },
  cancel_requested: { words: 'is to be canceled' },
  pause_requested: { words: 'is to pause' },
  resume_requested: { words: 'is to go on' },
  budget_exceeded: { words: 'is over its budget', style: 'yellow' },
  budget_raised: { words: 'got a larger budget' },
  signal_received: { words: 'got a signal' },
  signal_awaited: { words: 'waits for a signal', style: 'yellow' },
  breakpoint_hit: { words: 'stopped at a breakpoint', style: 'yellow' },
  fork_reached: { words: 'goes its own way from here' },
  task_started: { words: 'started' },
  task_retry_scheduled: { words: 'will be tried again', style: 'yellow' },
  task_unknown: { words: 'was sent, and nobody knows what became of it', style: 'yellow' },
  effect_decided: { words: 'was answered for' },
  step_succeeded: { words: 'succeeded', style: 'green' },
  step_failed: { words: 'failed', style: 'red' },
  step_skipped: { words: 'skipped', style: 'dim' },
  step_canceled: { words: 'canceled', style: 'magenta' },
  item_failed: { words: 'failed', style: 'red' },
  loop_iterated: { words: 'begins again' },
  slot_delayed: { words: 'waits for its turn', style: 'yellow' },
  approval_requested: { words: 'waits for approval', style: 'yellow' },
  approval_decided: { words: 'was voted on' },
  approval_escalated: { words: 'asks more people' },
  compensation_started: { words: 'is being undone' },
  compensation_succeeded: { words: 'is undone' },
  compensation_failed: { words: 'could not be undone', style: 'red' },
  timer_set: { words: 'waits' },
};

/** One line for an event or a gap, empty for events that only machines need. */
export const describeFollowed = (item: FollowedItem, style: Terminal['style']): string => {
  if (item.kind === 'Gap') {
    return `${style('yellow', `events ${item.from} to ${item.to} are gone: they were pruned`)}\n`;
  }
  const shown = SHOWN[item.type];
  if (shown === undefined || item.part !== null || isQuiet(item)) return '';
  const words = shown.style === undefined ? shown.words : style(shown.style, shown.words);
  const detail = detailOf(item);
  const time = style('dim', item.at.slice(11, 23));
  return `${time} ${placeOf(item)} ${words}${detail === '' ? '' : `: ${detail}`}\n`;
};

/** Only waits that a pipeline asks for are told: retries have a line of their own, limits are not what is waited for. */
const isQuiet = ({ type, data }: FollowedEvent): boolean => type === 'timer_set' && textAt(data, 'purpose') !== 'wait';

const placeOf = ({ stepId, iteration, index }: FollowedEvent): string => {
  if (stepId === null) return 'run';
  return `${stepId}${iteration === null ? '' : `#${iteration}`}${index === null ? '' : `[${index}]`}`;
};

const DETAILS = ['reason', 'name', 'decision', 'comment', 'refusal', 'by', 'kind'] as const;

const detailOf = ({ type, data, attempt }: FollowedEvent): string => {
  if (type === 'run_started' || type === 'run_ending') return '';
  if (type === 'task_started') return attempt !== null && attempt > 1 ? `attempt ${attempt}` : '';
  if (type === 'timer_set') return untilOf(data);
  const error = fieldOf(data, 'error');
  if (error !== undefined) return `${textAt(error, 'code') ?? ''}: ${textAt(error, 'message') ?? ''}`;
  const told = DETAILS.flatMap((name) => textAt(data, name) ?? []);
  const payload = fieldOf(data, 'payload');
  return [...told, ...(payload === undefined || payload === null ? [] : [printableJson(payload)])].join(', ');
};

const untilOf = (data: unknown): string => {
  const fireAt = fieldOf(data, 'fireAt');
  return typeof fireAt === 'number' ? `until ${new Date(fireAt).toISOString()}` : '';
};

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;

const textAt = (value: unknown, name: string): string | undefined => {
  const text = fieldOf(value, name);
  return typeof text === 'string' ? printable(text) : undefined;
};
