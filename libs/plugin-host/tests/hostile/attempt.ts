/** What shows that an attempt got through. The judge names the ones that fired. */
export type Canary =
  /** The content of a file of the host came out. */
  | 'file-read'
  /** A file of the host was made, changed or removed. */
  | 'file-write'
  /** A server was reached that nobody granted. */
  | 'network'
  /** A variable of the host's environment came out. */
  | 'environment'
  /** A secret came out that was not granted, or a granted one in a log or an error. */
  | 'secret'
  /** What another tenant's call left behind came out. */
  | 'tenant'
  /** A process was started, outlived its call, or was ended. */
  | 'process'
  /** The machine was named: host paths, host name, user. */
  | 'identity'
  /** The host took a frame that it must refuse. */
  | 'forged'
  /** More was used than the limits allow. */
  | 'limit'
  /** Built-in objects of the host were changed. */
  | 'realm'
  /** Control characters reached what is shown in terminals. */
  | 'terminal';

/**
 * How it is shown that the canary can fire: `ambient`, with the rights of the user; `limit`, without limits; `protocol`, at a host
 * that parses and believes. `none`: success could not be told from failure, or would harm the machine that tests it.
 */
export type Proof = 'ambient' | 'limit' | 'protocol' | 'none';

export type Attempt = {
  /** Unique, in kebab-case. */
  readonly id: string;
  readonly tries: string;
  readonly canary: Canary;
  readonly proof: Proof;
  /** The body of the step's `run(input, ctx)`; `input` is `AttackInput`, and `library.ts` is at hand. */
  readonly run: string;
  /** Statements at the top of the module, before the plugin is ready. */
  readonly top?: string;
  /** Statements below the plugin, which is `plugin`: for its `init`, `health`, `shutdown` and `describe`. */
  readonly tail?: string;
  /** What the plugin is asked for in place of a call of its step. */
  readonly ask?: 'health' | 'describe';
  /** Calls that one process takes at once. */
  readonly concurrency?: number;
  /** The body that another tenant's call runs first, of the same plugin and, where the host allows it, in the same process. */
  readonly before?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Puts a link named `link` to the folder of canaries into the plugin's folder. */
  readonly hasLink?: boolean;
  readonly permissions?: object;
  /** The schema that the manifest gives for the step's output. */
  readonly output?: object;
  /** What the manifest depends on. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** The error codes that the call may end with; any end will do without. */
  readonly ends?: readonly string[];
  /** The number of the violation that the call must end with. */
  readonly violation?: number;
};

/** What an attempt is told, so that it fails for no other reason than the sandbox. */
export type AttackInput = {
  readonly isAmbient: boolean;
  /** A folder of the host with `secret.txt`, `secret.json`, `module.mjs`, `module.cjs`, `module.ts`, `doomed.txt` and `unix.sock`. */
  readonly folder: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly udpPort: number;
  /** Of the server that the plugin may ask, as `localhost`. */
  readonly grantedPort: number;
  /** A process of the host with a canary in its environment. */
  readonly canaryPid: number;
  /** Goes into the environment or arguments of whatever an attempt starts. */
  readonly mark: string;
  /** Goes into every frame that the host must not believe. */
  readonly forged: string;
  /** Is returned once a limit is exceeded. */
  readonly exceeded: string;
  /** How far to go: without limits, only as far as the test machine can bear. */
  readonly bound: { readonly ms: number; readonly megabytes: number; readonly count: number };
  /** The id of the call where the host is naive; elsewhere it must be found out. */
  readonly callId: number;
};

export const ended = {
  byLimit: ['IA_PLUGIN_LIMIT'],
  byTime: ['IA_TASK_TIMEOUT', 'IA_PLUGIN_LIMIT'],
  byProtocol: ['IA_PLUGIN_PROTOCOL'],
  byCrash: ['IA_PLUGIN_CRASHED', 'IA_PLUGIN_LIMIT'],
} as const;
