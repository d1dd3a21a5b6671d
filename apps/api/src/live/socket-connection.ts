import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** The client takes longer for what it asked for than the server can wait. */
export const SLOW_READER = 4413;

/** What waits in memory for a client before nothing more is made for it. */
const MAX_WAITING_BYTES = 256 * 1_024;
/** How long a client may take no more than that. */
export const SLOW_READER_MS = 15_000;
const PING_EVERY_MS = 12_000;
/** A closing handshake that the client does not end is ended for it. */
const CLOSE_PATIENCE_MS = 5_000;

/**
 * A websocket that is written to only as fast as the client reads: `send` resolves when there is room for more. What is sent
 * in one turn of the event loop leaves together. The server's own `autoPong` must be off.
 */
export class SocketConnection {
  readonly #webSocket: WebSocket;
  readonly #stream: Duplex;
  #waiting: (() => void)[] = [];
  #waitsSinceMs: number | null = null;
  #isCorked = false;
  #closedAtMs: number | null = null;
  #pingedAtMs: number;
  #isAnswered = true;

  constructor(webSocket: WebSocket, stream: Duplex, nowMs: number) {
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.#pingedAtMs = nowMs;
    stream.on('drain', () => this.#release());
    webSocket.on('close', () => this.#release());
    webSocket.on('pong', () => {
      this.#isAnswered = true;
    });
    webSocket.on('ping', (data) => {
      // Only the last of several pings has to be answered: whoever does not read gets no answers to store.
      if (webSocket.bufferedAmount < MAX_WAITING_BYTES) webSocket.pong(data);
    });
  }

  /** @param onGone called once the text does not wait in memory any more, sent or not */
  send(text: string, onGone?: () => void): void | Promise<void> {
    if (this.#webSocket.bufferedAmount < MAX_WAITING_BYTES) return this.#write(text, onGone);
    return this.#sendLater(text, onGone);
  }

  close(code: number, reason: string): void {
    this.#closedAtMs ??= performance.now();
    // The client's own goodbye is waited for.
    this.#webSocket.resume();
    this.#webSocket.close(code, reason);
  }

  /** Closes a client that does not keep up, and drops one that does not answer any more. Called every now and then. */
  look(nowMs: number): void {
    if (this.#closedAtMs !== null && nowMs - this.#closedAtMs > CLOSE_PATIENCE_MS) return this.#webSocket.terminate();
    if (this.#waitsSinceMs !== null && nowMs - this.#waitsSinceMs > SLOW_READER_MS) {
      return this.close(SLOW_READER, 'IA_API_SLOW_READER');
    }
    if (nowMs - this.#pingedAtMs < PING_EVERY_MS) return undefined;
    // Its answer stands behind what it has not read yet.
    if (!this.#isAnswered && this.#waitsSinceMs === null) return this.#webSocket.terminate();
    this.#pingedAtMs = nowMs;
    this.#isAnswered = false;
    return this.#webSocket.ping();
  }

  async #sendLater(text: string, onGone?: () => void): Promise<void> {
    this.#waitsSinceMs ??= performance.now();
    // What the client sends meanwhile would make more to send: it waits with the client.
    this.#webSocket.pause();
    while (this.#isOpen && this.#webSocket.bufferedAmount >= MAX_WAITING_BYTES) {
      const room = Promise.withResolvers<void>();
      this.#waiting.push(room.resolve);
      await room.promise;
    }
    this.#write(text, onGone);
  }

  get #isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  #write(text: string, onGone?: () => void): void {
    if (!this.#isOpen) return onGone?.();
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#stream.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#stream.uncork();
      });
    }
    return this.#webSocket.send(text, onGone);
  }

  #release(): void {
    this.#waitsSinceMs = null;
    this.#webSocket.resume();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
