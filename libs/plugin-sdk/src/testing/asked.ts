/** One request on its way, with its body read. */
export type Asked = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly redirect: Request['redirect'];
  /** @throws PluginError `IA_PLUGIN_NET_DENIED` */
  readonly checkGranted: (url: URL) => void;
};
export type Answer = (asked: Asked, signal: AbortSignal) => Promise<Response>;
