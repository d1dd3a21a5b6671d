'use client';

import { useEffect, useState } from 'react';
import { formatRelativeTime } from './format.ts';

const REFRESH_MS = 15_000;

/** A time that stays true while the page is open; the exact instant is its tooltip. */
export function RelativeTime({ at }: Readonly<{ at: string }>) {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const date = new Date(at);
  return (
    <time dateTime={at} title={date.toLocaleString()} suppressHydrationWarning className="tabular-nums">
      {formatRelativeTime(date, now)}
    </time>
  );
}
