import type { Socket } from 'node:net';
import { isLoopback } from '@ia-modules/service';
import { networkOf } from '../traffic/caller-key.ts';
import { CountedPlaces } from '../traffic/counted-places.ts';

export type SocketGuardInit = {
  /** How many connections one address may hold; null: any number from this machine, 500 from others. */
  readonly maxPerAddress: number | null;
  /** How long a client may take for what was sent to it without taking any of it. @default 30000 */
  readonly stallTimeoutMs?: number;
  /** @default 1000 */
  readonly sweepMs?: number;
};

const MAX_PER_FOREIGN_ADDRESS = 500;

type Watched = { pendingBytes: number; sinceMs: number };

/** Ends connections that nobody reads from, and those that one address has too many of. */
export class SocketGuard {
  readonly #init: SocketGuardInit;
  readonly #sockets = new Map<Socket, Watched>();
  readonly #places = new CountedPlaces(MAX_PER_FOREIGN_ADDRESS);
  readonly #timer: NodeJS.Timeout;

  constructor(init: SocketGuardInit) {
    this.#init = init;
    this.#timer = setInterval(() => this.#sweep(), init.sweepMs ?? 1_000).unref();
  }

  readonly watch = (socket: Socket): void => {
    const address = socket.remoteAddress ?? '';
    const leave = this.#places.take(networkOf(address), this.#limitOf(address));
    if (leave === null) return void socket.destroy();
    this.#sockets.set(socket, { pendingBytes: 0, sinceMs: 0 });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      leave();
    });
  };

  stop(): void {
    clearInterval(this.#timer);
  }

  #limitOf(address: string): number {
    const { maxPerAddress } = this.#init;
    if (maxPerAddress !== null) return maxPerAddress;
    return isLoopback(address.replace(/^::ffff:/, '')) ? Number.POSITIVE_INFINITY : MAX_PER_FOREIGN_ADDRESS;
  }

  /** A client that takes something now and then has fewer bytes before it each time, or others. */
  #sweep(): void {
    const nowMs = performance.now();
    for (const [socket, watched] of this.#sockets) {
      const pendingBytes = socket.writableLength;
      if (pendingBytes === 0 || pendingBytes !== watched.pendingBytes) {
        watched.pendingBytes = pendingBytes;
        watched.sinceMs = nowMs;
      } else if (nowMs - watched.sinceMs > (this.#init.stallTimeoutMs ?? 30_000)) socket.destroy();
    }
  }
}
