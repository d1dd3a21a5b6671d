import type { Json } from '@ia-modules/plugin-sdk';
import { releaseActivity } from './cancel-activity.ts';
import type { Turn } from './decision.ts';
import type { RecordedError } from './events.ts';
import { activityKey, type Place } from './keys.ts';
import type { Activity } from './state.ts';

export const endItemWell = (turn: Turn, place: Place, output: Json): void => {
  endItem(turn, place, () => turn.recordAt(place, 'item_succeeded', { data: { output } }));
};

/** What an item's failure means to the others is decided when its map is looked at. */
export const endItemBadly = (turn: Turn, place: Place, error: RecordedError): void => {
  endItem(turn, place, () => turn.recordAt(place, 'item_failed', { data: { error } }));
};

const endItem = (turn: Turn, place: Place, record: () => void): void => {
  const activity = turn.activity(place);
  if (activity !== undefined) releaseActivity(turn, activity);
  record();
  const map = mapAround(turn, place);
  if (map !== undefined) turn.maps.add(map);
};

const mapAround = (turn: Turn, { step, iteration, index }: Place): Activity | undefined => {
  const around = index.slice(0, Math.max(0, index.lastIndexOf('.')));
  return turn.state.activities.get(activityKey(turn.plan.stepIds[step] ?? '', iteration, around));
};
