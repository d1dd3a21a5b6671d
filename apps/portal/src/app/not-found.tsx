import { Compass } from 'lucide-react';
import Link from 'next/link';
import { buttonClasses } from '#src/ui/button.tsx';
import { EmptyState } from '#src/ui/notices.tsx';

export default function NotFoundPage() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState
        icon={<Compass aria-hidden />}
        title="Page not found"
        action={
          <Link href="/" className={buttonClasses('secondary')}>
            Go to your tenant
          </Link>
        }
      >
        It does not exist, or you may not see it.
      </EmptyState>
    </main>
  );
}
