import type { Json, JsonObject, StepDefinition } from '@ia-modules/engine';
import type { Activity, Slots } from './activity.ts';
import type { Agenda } from './agenda.ts';
import { fillNaively, UnreadableError, type NaiveScope } from './naive-scope.ts';
import {
  attemptUntilDone,
  msOf,
  performScripted,
  terminalError,
  type AttemptEnd,
  type WorkEnd,
} from './reference-attempts.ts';
import type { ReferenceCase } from './reference-case.ts';

/** Where and for what a step's work is done. */
export type Workplace = {
  readonly agenda: Agenda;
  readonly slots: Slots;
  readonly script: ReferenceCase['script'];
  readonly step: StepDefinition;
  readonly iteration: string;
  /** What the step's templates see, items aside. */
  readonly scope: NaiveScope;
  /** Told of each item that succeeded. */
  readonly onItem: (index: string) => void;
};

type Unit = {
  readonly activity: Activity;
  /** Index path and items, outermost first; empty for a step that maps nothing. */
  readonly path: readonly number[];
  readonly items: readonly Json[];
  readonly end: WorkEnd;
};
type ForEach = NonNullable<StepDefinition['for_each']>;

/** Does a step's work: once, or for each of its items. */
export const performStep = (place: Workplace, activity: Activity, end: WorkEnd): void => {
  const { for_each: forEach } = place.step;
  const unit: Unit = { activity, path: [], items: [], end };
  if (forEach === undefined) performUnit(place, unit);
  else performMap(place, unit, forEach);
};

const performMap = (place: Workplace, { activity, path, items: outerItems, end }: Unit, forEach: ForEach): void => {
  const { max_parallel: maxParallel = Infinity, on_item_error: onItemError = 'fail', for_each: inner } = forEach;
  const items = fillOr(place, { path, items: outerItems }, forEach.items);
  if (!Array.isArray(items)) {
    end.failed(terminalError('IA_MAP_ITEMS'));
    return;
  }
  const map = activity.part();
  const results: Json[] = items.map(() => null);
  let begun = 0;
  let ended = 0;
  const settle = (index: number, result: Json): void => {
    results[index] = result;
    ended += 1;
    proceed();
  };
  const begin = (index: number): void => {
    const unit: Unit = {
      activity: map.part(),
      path: [...path, index],
      items: [...outerItems, items[index] ?? null],
      end: {
        succeeded: (output) => settle(index, output),
        failed: (error) => {
          if (onItemError === 'collect') {
            settle(index, { error: error.code });
            return;
          }
          map.end();
          end.failed(error);
        },
      },
    };
    if (inner === undefined) performUnit(place, unit);
    else performMap(place, unit, inner);
  };
  const proceed = (): void => {
    while (!map.isOver && begun < items.length && begun - ended < maxParallel) {
      begun += 1;
      begin(begun - 1);
    }
    if (map.isOver || ended < items.length) return;
    map.end();
    end.succeeded(results);
  };
  proceed();
};

/** One piece of work: it takes its slot, tries as often as it may, and gives the slot back. */
const performUnit = (place: Workplace, { activity, path, items, end }: Unit): void => {
  const { agenda, script, step, iteration } = place;
  const unit = activity.part();
  const begin = (attempt: number, attemptEnd: AttemptEnd): void => {
    if (step.uses.startsWith('core.')) {
      performCore(place, { activity: unit, path, items, end: attemptEnd });
      return;
    }
    const key = { script: step.id, iteration, index: path.join('.'), attempt };
    performScripted({ agenda, activity: unit, script, attempt: key, timeout: step.timeout, end: attemptEnd });
  };
  const ownEnd: WorkEnd = {
    succeeded: (output) => {
      unit.end();
      if (path.length > 0) place.onItem(path.join('.'));
      end.succeeded(output);
    },
    failed: (error) => {
      unit.end();
      end.failed(error);
    },
  };
  const act = (): void =>
    attemptUntilDone({
      agenda,
      activity: unit,
      retry: step.retry,
      onUnknown: step.on_unknown,
      begin,
      end: ownEnd,
      work: { script: step.id, iteration, index: path.join('.') },
    });
  if (step.concurrency === undefined) act();
  else place.slots.acquire({ key: step.concurrency.key, limit: step.concurrency.limit ?? 1, activity: unit, act });
};

const performCore = (place: Workplace, { activity, path, items, end }: Unit): void => {
  const { agenda, step } = place;
  const input = fillOr(place, { path, items }, step.with ?? {}) as JsonObject | undefined;
  if (input === undefined) end.failed(terminalError('IA_EXPRESSION_FAILED'));
  else if (step.uses === 'core.noop') end.succeeded(input);
  else if (step.uses === 'core.wait') {
    activity.after(agenda, { delayMs: msOf(input['duration'] as string), act: () => end.succeeded(null) });
  } else if (step.uses === 'core.fail') {
    end.failed({ ...terminalError('IA_RUN_ENDED'), retryable: input['retryable'] === true });
  } else throw new Error(`The reference can not run ${step.uses}.`);
};

/** The value with its templates filled; undefined when one of them reads what is not there. */
const fillOr = (place: Workplace, { path, items }: Pick<Unit, 'path' | 'items'>, value: Json): Json | undefined => {
  const own = path.length === 0 ? {} : { item: items.at(-1), index: path.at(-1), item_path: items, index_path: path };
  try {
    return fillNaively(value, { ...place.scope, ...own });
  } catch (error) {
    if (error instanceof UnreadableError) return undefined;
    throw error;
  }
};
