import { Duplex } from 'node:stream';
import { PluginError } from '@ia-modules/plugin-sdk';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';

type Connect = TrustedContext['net']['connect'];

/** What a server may send in answer to the statements of one call. */
const MAX_RECEIVED_BYTES = 48 * 1024 * 1024;
/** A row that is no more than this may be one too many; what is larger is not even taken in. */
const ROW_BYTES = { least: 4 * 1024 * 1024, most: 17 * 1024 * 1024 } as const;

/** A socket as drivers want it, who dial themselves: it dials through the guarded door instead. */
export class GuardedSocket extends Duplex {
  readonly #connect: Connect;
  #inner: Duplex | undefined;
  #receivedBytes = 0;
  #maxRowBytes: number = ROW_BYTES.least;

  constructor(connect: Connect) {
    super();
    this.#connect = connect;
  }

  connect(port: number, host: string): this {
    this.#connect({ host, port }).then(
      (inner) => this.#attach(inner),
      (error: unknown) => this.destroy(error as Error),
    );
    return this;
  }

  /** Starts the count of what comes in anew. */
  resetCount(): void {
    this.#receivedBytes = 0;
  }

  get maxRowBytes(): number {
    return this.#maxRowBytes;
  }

  /** Bounds the rows that come from now on by how large their result may be. */
  expectRows(maxBytes: number): void {
    this.#maxRowBytes = Math.min(Math.max(2 * maxBytes, ROW_BYTES.least), ROW_BYTES.most);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.#inner?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#inner === undefined) done(new Error('The socket is not open.'));
    else this.#inner.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner?.destroy();
    done(error);
  }

  #attach(inner: Duplex): void {
    if (this.destroyed) return void inner.destroy();
    this.#inner = inner;
    inner.on('data', (chunk: Buffer) => this.#receive(chunk));
    inner.on('end', () => this.push(null));
    inner.on('error', (error) => this.destroy(error));
    inner.on('close', () => this.destroy());
    this.emit('connect');
  }

  #receive(chunk: Buffer): void {
    this.#receivedBytes += chunk.byteLength;
    if (this.#receivedBytes > MAX_RECEIVED_BYTES) {
      const message = `The database sent more than ${MAX_RECEIVED_BYTES} bytes.`;
      this.destroy(new PluginError({ code: 'IA_PLUGIN_LIMIT', message, hint: 'Ask for less at once.' }));
    } else if (!this.push(chunk)) this.#inner?.pause();
  }
}
