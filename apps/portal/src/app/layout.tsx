import { GeistMono } from 'geist/font/mono';
import { GeistSans } from 'geist/font/sans';
import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import { ThemeProvider } from 'next-themes';
import type { ReactNode } from 'react';
import { ApiUrlProvider } from '#src/api/api-url.tsx';
import { ApolloProvider } from '#src/api/apollo-provider.tsx';
import { readConfig } from '#src/config.ts';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'IA Modules', template: '%s · IA Modules' },
  description: 'Durable pipelines, live runs and sandboxed plugins for many tenants.',
  robots: { index: false },
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f7f7f8' },
    { media: '(prefers-color-scheme: dark)', color: '#0c0d10' },
  ],
};

export default async function RootLayout({ children }: Readonly<{ children: ReactNode }>) {
  const nonce = (await headers()).get('x-nonce') ?? undefined;
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <body className="font-sans">
        <ThemeProvider attribute="data-theme" enableSystem disableTransitionOnChange {...(nonce ? { nonce } : {})}>
          <ApiUrlProvider apiUrl={readConfig().publicApiUrl}>
            <ApolloProvider nonce={nonce}>{children}</ApolloProvider>
          </ApiUrlProvider>
        </ThemeProvider>
      </body>
    </html>
  );
}
