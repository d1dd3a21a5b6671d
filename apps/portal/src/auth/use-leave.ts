'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { nextPath } from './next-path.ts';

/** Goes on to where somebody wanted to be before the sign-in, with what stands behind the # of the address. */
export function useLeave(): () => true {
  const router = useRouter();
  const next = nextPath(useSearchParams().get('next'));
  return () => {
    const { hash } = window.location;
    if (next !== '/' && hash !== '') {
      // A page that is loaded anew finds the token there; one that the router shows may look before the address is written.
      window.location.assign(next + hash);
      return true;
    }
    router.push(next);
    router.refresh();
    return true;
  };
}
