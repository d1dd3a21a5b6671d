import { type Json, PlatformError } from '@ia-modules/plugin-sdk';
import { beginActivity } from './activity.ts';
import { cancelItems } from './cancel-activity.ts';
import type { Turn } from './decision.ts';
import { depthOf } from './evolve-activity.ts';
import type { Place } from './keys.ts';
import { endItemBadly, endItemWell } from './map.ts';
import { toRecordedError } from './recorded-error.ts';
import { renderAt } from './render.ts';
import { isHeld, type Activity, type MapProgress } from './state.ts';
import { failStep, succeedStep } from './step-end.ts';

/** Begins an execution at a place: of the step's work, or of the map that stands there. */
export const beginAt = (turn: Turn, place: Place): void => {
  const level = turn.step(place).maps[depthOf(place.index)];
  if (level === undefined) {
    beginActivity(turn, place);
    return;
  }
  try {
    const items = renderAt(turn, level.items, place);
    if (!Array.isArray(items)) throw notAList(turn, place, items);
    turn.recordAt(place, 'map_started', { data: { items: items as readonly Json[] } });
    const activity = turn.activity(place);
    if (activity !== undefined) turn.maps.add(activity);
  } catch (error) {
    fail(turn, place, toRecordedError(error));
  }
};

const fail = (turn: Turn, place: Place, error: ReturnType<typeof toRecordedError>): void => {
  if (place.index === '') failStep(turn, place, error);
  else endItemBadly(turn, place, error);
};

const notAList = (turn: Turn, place: Place, value: Json): PlatformError =>
  new PlatformError({
    code: 'IA_MAP_ITEMS',
    message: `The items of step '${turn.step(place).id}' are ${value === null ? 'null' : `a ${typeof value}`}, not a list.`,
    hint: 'Let for_each.items give a list: {{ steps.fetch.output.rows }}.',
  });

/** Looks at a map of which an item has ended: it is over, it has failed, or more items begin. */
export const visitMap = (turn: Turn, activity: Activity): void => {
  const { map } = activity;
  if (map === null || turn.state.activities.get(activity.key) !== activity) return;
  const atLeast = turn.step(activity).maps[depthOf(activity.index)]?.atLeast ?? null;
  if (atLeast !== null) {
    visitPartial(turn, activity, { map, atLeast });
  } else if (map.failure !== null) {
    cancelItems(turn, activity, 'Another item failed.');
    fail(turn, activity, map.failure);
  } else if (map.done === map.items.length) complete(turn, activity, map);
  else launch(turn, activity, map);
};

type PartialMap = { readonly map: MapProgress; readonly atLeast: number };

/** Enough items make the whole; single failures do not matter while enough can still succeed. */
const visitPartial = (turn: Turn, activity: Activity, { map, atLeast }: PartialMap): void => {
  const left = map.items.length - map.done;
  if (map.succeeded >= atLeast) {
    cancelItems(turn, activity, 'Enough items have succeeded.');
    complete(turn, activity, map);
  } else if (map.succeeded + left < atLeast) {
    cancelItems(turn, activity, 'Too few items can still succeed.');
    fail(turn, activity, toRecordedError(tooFew(turn, activity, { map, atLeast })));
  } else launch(turn, activity, map);
};

const tooFew = (turn: Turn, activity: Activity, { map, atLeast }: PartialMap): PlatformError =>
  new PlatformError({
    code: 'IA_JOIN_UNMET',
    message: `Step '${turn.step(activity).id}' needs ${atLeast} of its ${map.items.length} items to succeed, and ${map.succeeded} did.`,
  });

const complete = (turn: Turn, activity: Activity, map: MapProgress): void => {
  if (activity.index === '') succeedStep(turn, activity, { output: map.results });
  else endItemWell(turn, activity, map.results);
};

/** Every item that begins records an event at least, which moves the map on. */
const launch = (turn: Turn, activity: Activity, map: MapProgress): void => {
  const { step, iteration, index } = activity;
  const maxParallel = turn.step(activity).maps[depthOf(index)]?.maxParallel ?? 1;
  const isOpen = (): boolean => map.failure === null || turn.step(activity).maps[depthOf(index)]?.atLeast !== null;
  while (map.next < map.items.length && map.open < maxParallel && isOpen() && !isHeld(turn.state)) {
    beginAt(turn, { step, iteration, index: index === '' ? String(map.next) : `${index}.${map.next}` });
  }
};
