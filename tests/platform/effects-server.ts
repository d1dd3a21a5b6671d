import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type EffectCall = Readonly<{ path: string; idempotencyKey: string | undefined }>;

/** Records what steps do to the outside, and can keep a call waiting for its answer. */
export class EffectsServer {
  readonly calls: EffectCall[] = [];
  #server = createServer((request, response) => this.#onCall(request, response));
  #held = new Map<string, (response: ServerResponse) => void>();

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, 'localhost', resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** The next call to this path gets no answer; resolves when it arrives. Later ones are answered. */
  hold(path: string): Promise<void> {
    return new Promise((resolve) => this.#held.set(path, () => resolve()));
  }

  callsTo(path: string): EffectCall[] {
    return this.calls.filter((call) => call.path === path);
  }

  #onCall(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const key = request.headers['idempotency-key'];
    this.calls.push({ path, idempotencyKey: Array.isArray(key) ? key[0] : key });
    request.resume();
    const held = this.#held.get(path);
    if (held !== undefined) {
      this.#held.delete(path);
      held(response);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ path }));
  }
}
