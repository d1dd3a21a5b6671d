import type { Json } from '@ia-modules/plugin-sdk';
import type { EventDraft } from './events.ts';
import { activityKey, eventActivityKey, type Place } from './keys.ts';
import type { Plan } from './plan.ts';
import type { Activity, MapProgress, RunState, Wait } from './state.ts';

const lastSegment = (index: string): number => Number(index.slice(index.lastIndexOf('.') + 1));
const parentIndex = (index: string): string => index.slice(0, Math.max(0, index.lastIndexOf('.')));

/** How deep in the maps of its step an index is. */
export const depthOf = (index: string): number => (index === '' ? 0 : index.split('.').length);

/** The activity that an event is about; its first event makes it. */
export const ensureActivity = (plan: Plan, state: RunState, event: EventDraft): Activity => {
  const key = eventActivityKey(event);
  const known = state.activities.get(key);
  if (known !== undefined) return known;
  const { stepId = '', iteration = '', index = '' } = event;
  const step = plan.stepIndexes.get(stepId) ?? -1;
  const parent =
    index === '' ? null : (state.activities.get(activityKey(stepId, iteration, parentIndex(index))) ?? null);
  const activity: Activity = {
    key,
    step,
    iteration,
    index,
    parent,
    attempt: 1,
    stage: 0,
    value: null,
    wait: null,
    map: null,
    children: null,
    routing: null,
    hasSlot: false,
    timers: null,
    votes: null,
    assignees: [],
    isCached: false,
    lostAttempts: 0,
    repeats: false,
  };
  state.activities.set(key, activity);
  if (index === '') state.roots.set(step, activity);
  if (parent?.map) {
    parent.map.next += 1;
    parent.map.open += 1;
    (parent.children ??= new Set()).add(activity);
  }
  return activity;
};

/** Who has only just asked for a place may have it at once: that is no wait. */
const countedAs = (wait: Wait): keyof RunState['waits'] => {
  if (wait.kind === 'timer' && wait.purpose === 'retry') return 'retry';
  return wait.kind === 'slot' && !wait.isDelayed ? 'task' : wait.kind;
};

export const setWait = (state: RunState, activity: Activity, wait: Wait): void => {
  clearWait(state, activity);
  activity.wait = wait;
  state.waits[countedAs(wait)] += 1;
  if (wait.kind === 'signal') queueForSignal(state, activity, wait.name);
};

export const clearWait = (state: RunState, activity: Activity): void => {
  const { wait } = activity;
  if (wait === null) return;
  state.waits[countedAs(wait)] -= 1;
  if (wait.kind === 'signal') leaveSignal(state, activity, wait.name);
  activity.wait = null;
};

const queueForSignal = ({ signalWaiters }: RunState, activity: Activity, name: string): void => {
  const waiters = signalWaiters.get(name);
  if (waiters === undefined) signalWaiters.set(name, new Set([activity]));
  else waiters.add(activity);
};

const leaveSignal = ({ signalWaiters }: RunState, activity: Activity, name: string): void => {
  const waiters = signalWaiters.get(name);
  waiters?.delete(activity);
  if (waiters?.size === 0) signalWaiters.delete(name);
};

/** The one that has waited longest. */
export const findSignalWaiter = ({ signalWaiters }: RunState, name: string): Activity | undefined =>
  signalWaiters.get(name)?.values().next().value;

/** Forgets an activity that has ended. */
export const closeActivity = (state: RunState, activity: Activity): void => {
  clearWait(state, activity);
  state.activities.delete(activity.key);
  if (activity.index === '') state.roots.delete(activity.step);
  activity.parent?.children?.delete(activity);
};

/** The items around a place, outermost first. */
export const itemPathOf = (plan: Plan, state: RunState, { step, iteration, index }: Place): Json[] => {
  if (index === '') return [];
  const stepId = plan.stepIds[step] ?? '';
  const items: Json[] = [];
  const segments = index.split('.');
  for (const [depth, segment] of segments.entries()) {
    const around = activityKey(stepId, iteration, segments.slice(0, depth).join('.'));
    items.push(state.activities.get(around)?.map?.items[Number(segment)] ?? null);
  }
  return items;
};

/** An item came to its end: its place among the results is filled. Returns the map around it. */
export const endItem = (
  plan: Plan,
  state: RunState,
  event: EventDraft,
  result: Json | undefined,
): MapProgress | undefined => {
  const { stepId = '', iteration = '', index = '' } = event;
  const activity = state.activities.get(eventActivityKey(event));
  const parent = state.activities.get(activityKey(stepId, iteration, parentIndex(index)));
  noteCompleted(plan, state, { event, activity, result });
  if (activity !== undefined) closeActivity(state, activity);
  if (parent?.map === null || parent?.map === undefined) return undefined;
  if (activity === undefined) parent.map.next += 1;
  else parent.map.open -= 1;
  parent.map.done += 1;
  if (event.type === 'item_succeeded') parent.map.succeeded += 1;
  if (result !== undefined) parent.map.results[lastSegment(index)] = result;
  return parent.map;
};

type EndedItem = {
  readonly event: EventDraft;
  readonly activity: Activity | undefined;
  readonly result: Json | undefined;
};

/** Only real work can be undone: not what a cache gave, and not the list that a map of items is. */
const noteCompleted = (plan: Plan, state: RunState, { event, activity, result }: EndedItem): void => {
  const { stepId = '', iteration = '', index = '' } = event;
  const step = plan.stepIndexes.get(stepId) ?? -1;
  const planned = plan.steps[step];
  if (!planned?.compensate || event.type !== 'item_succeeded' || activity?.isCached) return;
  if (depthOf(index) !== planned.maps.length) return;
  const place = { step, iteration, index };
  state.completed.push({ ...place, output: result ?? null, itemPath: itemPathOf(plan, state, place) });
};
