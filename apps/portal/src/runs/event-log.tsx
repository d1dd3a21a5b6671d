'use client';

import { useEffect, useRef, useState } from 'react';
import { Button } from '#src/ui/button.tsx';
import { classNames } from '#src/ui/class-names.ts';
import { formatClock } from '#src/ui/format.ts';
import { Card } from '#src/ui/page.tsx';
import type { LoggedEvent } from './logged-event.ts';
import type { RunFeed } from './use-run-events.ts';

/** Only the newest rows are drawn, so that a log of a million events stays light. */
const PAGE_SIZE = 200;
const STICKY_PX = 48;

type EventLogProps = Readonly<{ feed: RunFeed; onSelect: (stepId: string) => void }>;

/** A run's log, newest last; it follows new events while it is scrolled to the end. */
export function EventLog({ feed, onSelect }: EventLogProps) {
  const [shownCount, setShownCount] = useState(PAGE_SIZE);
  const { events, missingCount } = feed;
  const scrollArea = useFollowedEnd(events.length);
  const shown = events.slice(-shownCount);
  const hiddenCount = events.length - shown.length;
  return (
    <Card title="Events" actions={<span className="text-xs text-faint tabular-nums">{events.length}</span>}>
      {/* A scrollable region must be reachable by keyboard. */}
      <div ref={scrollArea} tabIndex={0} role="region" aria-label="Event log" className="max-h-96 overflow-y-auto">
        {missingCount > 0 && (
          <p className="border-b border-line bg-waiting-soft px-4 py-2 text-waiting">
            {missingCount} {events.length === 0 ? '' : 'earlier '}events are no longer kept.
          </p>
        )}
        {hiddenCount > 0 && (
          <Button look="ghost" className="w-full rounded-none" onClick={() => setShownCount(shownCount + PAGE_SIZE)}>
            Show earlier ({hiddenCount})
          </Button>
        )}
        {shown.length === 0 && missingCount === 0 && (
          <p className="px-4 py-8 text-center text-muted">Waiting for the first event…</p>
        )}
        <ol aria-label="Events">
          {shown.map((event) => (
            <EventRow key={event.seq} event={event} onSelect={onSelect} />
          ))}
        </ol>
      </div>
    </Card>
  );
}

function EventRow({ event, onSelect }: Readonly<{ event: LoggedEvent; onSelect: (stepId: string) => void }>) {
  const { seq, at, type, stepId } = event;
  return (
    <li
      data-event-type={type}
      className="flex min-h-8 items-center gap-3 border-b border-line/60 px-4 py-1 last:border-0 hover:bg-hover/50"
    >
      <span className="w-8 shrink-0 text-right font-mono text-2xs text-faint tabular-nums">{seq}</span>
      <time dateTime={at} className="w-22 shrink-0 font-mono text-2xs text-muted tabular-nums">
        {formatClock(new Date(at))}
      </time>
      <span aria-hidden className={classNames('size-1.5 shrink-0 rounded-full', dotColour(type))} />
      <span className="min-w-0 flex-1 truncate">
        {type.replaceAll('_', ' ')}
        <span className="text-muted">{placeText(event)}</span>
      </span>
      {stepId !== null && (
        <button
          type="button"
          onClick={() => onSelect(stepId)}
          className="max-w-40 truncate rounded px-1.5 font-mono text-xs text-muted hover:bg-hover hover:text-text"
        >
          {stepId}
        </button>
      )}
    </li>
  );
}

/** Where in its step an event happened: which iteration, item and attempt, or what beside its own work. */
const placeText = ({ iteration, index, attempt, part }: LoggedEvent): string =>
  [
    iteration !== null && `iteration ${iteration}`,
    index !== null && `item ${index}`,
    attempt !== null && attempt > 1 && `attempt ${attempt}`,
    part,
  ]
    .filter((text) => typeof text === 'string')
    .map((text) => ` · ${text}`)
    .join('');

const DOT_COLOURS: readonly (readonly [ending: string, colour: string])[] = [
  ['_succeeded', 'bg-succeeded'],
  ['_failed', 'bg-failed'],
  ['_scheduled', 'bg-line-strong'],
  ['_started', 'bg-running'],
  ['_resumed', 'bg-running'],
  ['_waiting', 'bg-waiting'],
];

const dotColour = (type: string): string =>
  DOT_COLOURS.find(([ending]) => type.endsWith(ending))?.[1] ?? 'bg-line-strong';

/** Keeps a scroll area at its end while it grows, unless the reader has scrolled away from it. */
function useFollowedEnd(length: number) {
  const area = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const element = area.current;
    if (element === null) return undefined;
    const remember = () => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < STICKY_PX;
    };
    element.addEventListener('scroll', remember, { passive: true });
    return () => element.removeEventListener('scroll', remember);
  }, []);
  useEffect(() => {
    if (length > 0 && isAtEnd.current) area.current?.scrollTo({ top: area.current.scrollHeight });
  }, [length]);
  return area;
}
