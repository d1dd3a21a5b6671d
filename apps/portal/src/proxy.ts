import { type NextRequest, NextResponse } from 'next/server';
import { readConfig } from './config.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';

/** Gives each page its own nonce, so that only the scripts this server rendered may run. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.randomUUID()).toString('base64');
  const policy = contentSecurityPolicy({
    nonce,
    apiUrl: readConfig().publicApiUrl,
    isDevelopment: process.env.NODE_ENV === 'development',
  });
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  return response;
}

export const config = {
  matcher: [{ source: '/((?!_next/static|_next/image|icon.svg).*)' }],
};
