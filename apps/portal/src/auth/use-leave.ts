'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { nextPath } from './next-path.ts';

/** Goes on to where somebody wanted to be before the sign-in, with what stands behind the # of the address. */
export function useLeave(): () => true {
  const router = useRouter();
  const next = nextPath(useSearchParams().get('next'));
  return () => {
    router.push(next === '/' ? next : next + window.location.hash);
    router.refresh();
    return true;
  };
}
