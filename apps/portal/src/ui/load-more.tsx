'use client';

import { useState } from 'react';
import { Button } from './button.tsx';

type LoadMoreProps = Readonly<{ hasMore: boolean; onLoad: () => Promise<unknown> }>;

/** The end of a list that has further pages. */
export function LoadMore({ hasMore, onLoad }: LoadMoreProps) {
  const [isBusy, setIsBusy] = useState(false);
  if (!hasMore) return null;
  const load = async () => {
    setIsBusy(true);
    await onLoad().finally(() => setIsBusy(false));
  };
  return (
    <div className="border-t border-line p-2 text-center">
      <Button look="ghost" isBusy={isBusy} onClick={() => void load()}>
        Load more
      </Button>
    </div>
  );
}
