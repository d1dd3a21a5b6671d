import type { Metadata } from 'next';
import { ApiTokenList } from '#src/settings/api-token-list.tsx';

export const metadata: Metadata = { title: 'API tokens' };

export default function TokensPage() {
  return <ApiTokenList />;
}
