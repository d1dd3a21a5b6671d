type PolicyOptions = Readonly<{ nonce: string; apiUrl: string; isDevelopment: boolean }>;

/**
 * Builds the portal's Content-Security-Policy.
 * WebAssembly is allowed because the graph layout runs in it; inline style attributes because React Flow positions its nodes with them.
 */
export function contentSecurityPolicy({ nonce, apiUrl, isDevelopment }: PolicyOptions): string {
  const api = new URL(apiUrl).origin;
  const websocket = api.replace(/^http/, 'ws');
  const scripts = ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", "'wasm-unsafe-eval'"];
  if (isDevelopment) scripts.push("'unsafe-eval'");
  return [
    "default-src 'self'",
    `script-src ${scripts.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' ${api} ${websocket}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
