import type { Socket } from 'node:net';
import { isLoopback } from '@ia-modules/service';
import { networkOf } from '../graphql/operation-call.ts';

export type SocketGuardInit = {
  /** How many connections one address may hold; null: any number from this machine, 500 from others. */
  readonly maxPerAddress: number | null;
  /** How long a client may take for what was sent to it without taking any of it. @default 30000 */
  readonly stallTimeoutMs?: number;
  /** @default 1000 */
  readonly sweepMs?: number;
};

const MAX_PER_FOREIGN_ADDRESS = 500;

type Watched = { readonly address: string; pendingBytes: number; sinceMs: number };

/** Ends connections that nobody reads from, and those that one address has too many of. */
export class SocketGuard {
  readonly #init: SocketGuardInit;
  readonly #sockets = new Map<Socket, Watched>();
  readonly #counts = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(init: SocketGuardInit) {
    this.#init = init;
    this.#timer = setInterval(() => this.#sweep(), init.sweepMs ?? 1_000).unref();
  }

  readonly watch = (socket: Socket): void => {
    const address = socket.remoteAddress ?? '';
    const network = networkOf(address);
    const count = this.#counts.get(network) ?? 0;
    if (count >= this.#limitOf(address)) return void socket.destroy();
    this.#counts.set(network, count + 1);
    this.#sockets.set(socket, { address: network, pendingBytes: 0, sinceMs: 0 });
    socket.once('close', () => this.#forget(socket));
  };

  stop(): void {
    clearInterval(this.#timer);
  }

  #limitOf(address: string): number {
    const { maxPerAddress } = this.#init;
    if (maxPerAddress !== null) return maxPerAddress;
    return isLoopback(address.replace(/^::ffff:/, '')) ? Number.POSITIVE_INFINITY : MAX_PER_FOREIGN_ADDRESS;
  }

  #forget(socket: Socket): void {
    const watched = this.#sockets.get(socket);
    if (watched === undefined) return;
    this.#sockets.delete(socket);
    const left = (this.#counts.get(watched.address) ?? 1) - 1;
    if (left === 0) this.#counts.delete(watched.address);
    else this.#counts.set(watched.address, left);
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
