'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { nextPath } from './next-path.ts';

/** Goes on to where somebody wanted to be before the sign-in. */
export function useLeave(): () => true {
  const router = useRouter();
  const next = nextPath(useSearchParams().get('next'));
  return () => {
    router.push(next);
    router.refresh();
    return true;
  };
}
