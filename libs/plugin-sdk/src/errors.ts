/**
 * Every error code of the platform with what it means: the one registry, from which docs/errors.md is generated.
 * A code is never reused for another meaning.
 */
export const ERROR_CODES = {
  // API
  IA_API_FORBIDDEN: 'The caller may not do this in this tenant.',
  IA_API_UNAUTHENTICATED: 'No valid session or API token came with the request.',
  IA_API_LIMIT: 'An operation is larger or deeper than the API allows.',
  IA_API_NOT_FOUND: 'There is nothing with this id that the caller can see.',
  IA_API_CONFLICT: 'The object changed since it was read, or the name is taken.',
  IA_API_INVALID: 'The input is not valid; the diagnostics say where.',
  IA_API_BUSY: 'The API has more to do than it can: the same request may succeed after the time in Retry-After.',
  IA_API_DOCUMENT: 'A persisted document is not known, or only persisted documents are accepted.',
  IA_API_QUOTA: 'A quota of the tenant is used up.',
  IA_API_RATE_LIMIT: 'The caller asked for more than its bucket holds; extensions.cost says when there is room.',
  IA_API_SLOW_READER: 'A subscriber read so slowly that it was closed; it resumes from its last cursor.',
  IA_API_TIMEOUT: 'An operation took longer than it may; its work in the database was cancelled.',
  // Approvals
  IA_APPROVAL_CLOSED: 'An approval is decided already, or nobody waits for it any more.',
  IA_APPROVAL_DEADLINE: 'Nobody decided an approval before its deadline.',
  IA_APPROVAL_FORM: 'What was filled in does not fit the form of an approval.',
  IA_APPROVAL_NOT_ASSIGNEE: 'An approval asks other people.',
  IA_APPROVAL_REJECTED: 'An approval was rejected.',
  IA_APPROVAL_SELF: 'Who started a run may not approve it.',
  IA_APPROVAL_VOTED: 'The same person decided an approval before.',
  // Blob storage
  IA_BLOB_CHANGED: 'A stored document was changed by somebody else meanwhile.',
  IA_BLOB_CORRUPT: 'A stored large value is not what was stored.',
  IA_BLOB_KEY: 'A key of the blob storage is not valid.',
  IA_BLOB_MISSING: 'A large value of a run is not in blob storage.',
  IA_BLOB_NO_SPACE: 'The blob storage is full.',
  IA_BLOB_UNAVAILABLE: 'The blob storage can not be reached, or refuses.',
  // Branches and joins
  IA_BRANCH_NONE: 'No transition of a step marked exhaustive was taken.',
  IA_JOIN_UNMET: 'Fewer transitions reached a join than its at_least asks for.',
  IA_LOOP_EXHAUSTED: 'A loop ran as often as it may, and would go on.',
  IA_MAP_ITEMS: 'The items of a mapped step are no list.',
  // Circuit breakers
  IA_CIRCUIT_OPEN: 'Calls to a plugin or host failed so often that none is made for a while.',
  // Command line
  IA_CLI_API_ANSWER: 'What answered is no API of this platform, or one of another version.',
  IA_CLI_API_UNREACHABLE: 'The API does not answer: the address is wrong, the network fails, or it does not run.',
  IA_CLI_CONNECTION_LOST: 'The connection for live events broke and could not be made again.',
  IA_CLI_NPM: 'The command line needs npm, and npm is not there or can not do it.',
  IA_CLI_SIGN_IN: 'Nobody let the command line in: the person who was asked refused, or it took too long.',
  IA_CLI_TENANT: 'The tenant that a command is for can not be told.',
  // Configuration and platform
  IA_CONFIG_INVALID: 'A setting in the environment is missing or wrong.',
  IA_INTERNAL: 'A defect of the platform; the trace id leads to the log.',
  // Database
  IA_DATABASE_DATA: 'The data folder of the embedded PostgreSQL is not usable as it is.',
  IA_DATABASE_FULL: 'The database has no room left; nothing was stored.',
  IA_DATABASE_MIGRATION: 'A migration of the database failed.',
  IA_DATABASE_PORT: 'The port of the embedded PostgreSQL is taken.',
  IA_DATABASE_START: 'The embedded PostgreSQL does not start; its log says why.',
  IA_DATABASE_UNAVAILABLE: 'The database does not answer; the same request may succeed later.',
  // Effects
  IA_EFFECT_UNKNOWN: 'Nobody knows what became of an attempt that was sent: it may have been done or not.',
  // Expressions
  IA_EXPRESSION_FAILED: 'An expression could not be evaluated: a field is missing or a type does not fit.',
  IA_EXPRESSION_INVALID: 'An expression is no valid CEL, or names what does not exist.',
  IA_EXPRESSION_LIMIT: 'An expression is too long, too deep, or visits too many elements.',
  // Parameters
  IA_PARAMETERS_INVALID: 'The parameters of a run do not fit what the pipeline declares.',
  // Pipelines
  IA_PIPELINE_APPROVAL: 'The settings of an approval contradict each other.',
  IA_PIPELINE_BOM: 'The file starts with a byte order mark, which is ignored.',
  IA_PIPELINE_BUDGET: 'A budget is smaller than what has to happen within it.',
  IA_PIPELINE_CANCELS: 'A step cancels itself, or what has always ended before.',
  IA_PIPELINE_COMPENSATION: 'A step says how it is undone and nothing asks for it, or the other way round.',
  IA_PIPELINE_CONSTANT_CONDITION: 'A condition has the same result in every run.',
  IA_PIPELINE_CYCLE: 'Transitions form a cycle without a loop.',
  IA_PIPELINE_DEAD_TRANSITION: 'A transition can never be chosen.',
  IA_PIPELINE_DEFAULT: 'A step has two default transitions, or a default one with a condition.',
  IA_PIPELINE_DUPLICATE_KEY: 'An object names a key twice.',
  IA_PIPELINE_DUPLICATE_STEP: 'Two steps have the same id.',
  IA_PIPELINE_DUPLICATE_TRANSITION: 'The same transition stands twice.',
  IA_PIPELINE_DURATION: 'A duration can not be read.',
  IA_PIPELINE_ERROR_TRANSITION: 'An error transition can never be taken.',
  IA_PIPELINE_IMPORT: 'A part of the definition is written in an older dialect and was read as the message says.',
  IA_PIPELINE_IMPORT_LEFTOVER: 'A part of a definition in an older dialect has no counterpart in the language.',
  IA_PIPELINE_INVALID: 'The pipeline definition has errors; the diagnostics say where.',
  IA_PIPELINE_ITEMS: 'The items of a for_each can never be a list.',
  IA_PIPELINE_JOIN: 'A join can not be met.',
  IA_PIPELINE_LOGGED_SECRET: 'A secret stands in a field that ends up in logs.',
  IA_PIPELINE_LOOP: 'A loop transition closes no cycle, loops overlap, or a loop can never end.',
  IA_PIPELINE_MAYBE_MISSING: 'An expression reads a step that does not run on every path.',
  IA_PIPELINE_MODULE: 'A local module is missing, can not be parsed, or does not export the name.',
  IA_PIPELINE_MORE: 'There are more findings than are listed.',
  IA_PIPELINE_NO_TIMEOUT: 'A step that waits for something outside has no timeout.',
  IA_PIPELINE_PARAMETERS: 'The declared parameters are no valid JSON Schema.',
  IA_PIPELINE_PLUGIN: 'A plugin that the definition names is not installed, or in another version.',
  IA_PIPELINE_RANGE: 'A version range can not be read.',
  IA_PIPELINE_RECURSION: 'A pipeline runs itself, directly or through others, without max_depth.',
  IA_PIPELINE_REFERENCE: 'An expression reads what can not exist where it stands.',
  IA_PIPELINE_RETRY: 'The delays of a retry contradict each other.',
  IA_PIPELINE_ROUTER: 'The settings of a router are missing, or belong to another one.',
  IA_PIPELINE_SECRET:
    'A secret stands where it may not: secrets are for `with` alone, never inside a larger expression.',
  IA_PIPELINE_SHADOWED_DEFAULT: 'A default can never take effect.',
  IA_PIPELINE_SHAPE: 'A part of the definition is missing or has the wrong type.',
  IA_PIPELINE_SYNTAX: 'The file is no valid JSON.',
  IA_PIPELINE_TEXT: 'A text holds what no UTF-8 can hold.',
  IA_PIPELINE_TOO_DEEP: 'The definition is nested too deeply.',
  IA_PIPELINE_TOO_LARGE: 'The definition is too large.',
  IA_PIPELINE_TYPE: 'A value can never have the type or the field that is needed where it is used.',
  IA_PIPELINE_UNKNOWN_KEY: 'The definition has a key that the language does not know.',
  IA_PIPELINE_UNKNOWN_PARAMETER: 'An expression reads a parameter that is not declared.',
  IA_PIPELINE_UNKNOWN_PIPELINE: 'A step runs a pipeline that does not exist.',
  IA_PIPELINE_UNKNOWN_STEP: 'A reference names a step that does not exist.',
  IA_PIPELINE_UNKNOWN_USES: 'A step uses a type that is not available.',
  IA_PIPELINE_UNREACHABLE: 'A step can not be reached from the start.',
  IA_PIPELINE_UNREADABLE: 'The file of a pipeline can not be read.',
  IA_PIPELINE_UNSAFE_KEY: 'A key would reach into the prototype of an object.',
  IA_PIPELINE_UNSUPPORTED: 'A setting has no meaning where it stands, or can not be run here.',
  IA_PIPELINE_UNUSED_PARAMETER: 'A parameter is declared and never read.',
  IA_PIPELINE_WITH: 'The input of a step does not fit what its type declares.',
  // The platform on one machine
  IA_PLATFORM_BROWSER: 'No browser was found for the tests that need one.',
  IA_PLATFORM_BUILD: 'Something that the platform needs could not be built.',
  IA_PLATFORM_DATA_DIR: 'The data folder of the platform cannot be used.',
  IA_PLATFORM_DEMO: 'A step of the demo did not do what it should.',
  IA_PLATFORM_PORT: 'A port that the platform needs is taken or not allowed.',
  IA_PLATFORM_PUBLISH: 'A package that comes with the platform could not be published.',
  IA_PLATFORM_RUNNING: 'Another process runs the platform on the same data folder.',
  IA_PLATFORM_SEED: 'The demo tenant could not be made.',
  IA_PLATFORM_SERVICE: 'A service of the platform did not start.',
  // Plugins
  IA_PLUGIN_ADVISORY: 'An advisory stands against this version of a plugin: nothing new starts with it.',
  IA_PLUGIN_BLOB_DENIED: 'A plugin asked for stored bytes without the permission, or for those of others.',
  IA_PLUGIN_BUILT_IN: 'The plugin is part of the platform: there is nothing to install.',
  IA_PLUGIN_CANCELED: 'The call of a plugin was canceled before it answered.',
  IA_PLUGIN_CRASHED: 'The sandbox process of a plugin ended before it answered.',
  IA_PLUGIN_DEPENDENCY: 'A plugin needs another one that is missing, does not fit, or needs it in turn.',
  IA_PLUGIN_DEPRECATED: 'The publisher of a plugin advises against this version.',
  IA_PLUGIN_DOWNLOAD: 'The tarball of a plugin could not be read from the registry.',
  IA_PLUGIN_FAILED: 'The code of a plugin threw.',
  IA_PLUGIN_FILE_DENIED: 'A plugin asked for a file outside of the folder of its tenant.',
  IA_PLUGIN_FIXTURE: 'A fixture of a plugin is not valid.',
  IA_PLUGIN_INCOMPATIBLE: 'A plugin does not work with this version of the platform.',
  IA_PLUGIN_INPUT: 'The input of a plugin step does not match its schema.',
  IA_PLUGIN_INTEGRITY: 'The tarball of a plugin is not the one that was pinned.',
  IA_PLUGIN_LIMIT: 'A plugin used more memory, CPU or output than it may.',
  IA_PLUGIN_MANIFEST: 'The iaModules manifest of a package is missing or wrong.',
  IA_PLUGIN_NET_DENIED: 'A plugin asked for a host that it was not granted.',
  IA_PLUGIN_NET_FAILED: 'A request of a plugin did not get through: DNS, connection or body.',
  IA_PLUGIN_NET_TAPE: 'A plugin made a request that the tape of recorded ones does not hold.',
  IA_PLUGIN_NOT_ALLOWED: 'The rules of the tenant keep this plugin out.',
  IA_PLUGIN_NOT_INSTALLED: 'A plugin is not installed in the tenant that uses it.',
  IA_PLUGIN_OUTPUT: 'What a plugin gave back does not match its schema.',
  IA_PLUGIN_PROTOCOL: 'A plugin broke the sandbox protocol.',
  IA_PLUGIN_SANDBOX: 'The sandbox cannot be set up on this machine at the level that the operator asks for.',
  IA_PLUGIN_SCHEMA: 'A step of a plugin has no schema for its input or its output.',
  IA_PLUGIN_SHELL_DENIED: 'A step would run a program where the operator does not allow it.',
  IA_PLUGIN_SIGNATURE: 'A version of a plugin is not signed by a key that is trusted.',
  IA_PLUGIN_STEP: 'A plugin has no step of this name.',
  IA_PLUGIN_TAKEN_DOWN: 'The operator of the platform has taken this plugin out.',
  IA_PLUGIN_TARBALL: 'The tarball of a plugin is damaged, too large, or holds something that is not a plain file.',
  // Runs
  IA_RUN_ENDED: 'A core.end or core.fail step ended the run as failed.',
  IA_RUN_COST: 'A run cost more than its max_cost_usd.',
  IA_RUN_COMMAND: 'A run can not do what a debugger asks for.',
  IA_RUN_EFFECT_UNKNOWN: 'Going on from there might do something twice: nobody knows what became of it the first time.',
  IA_RUN_FORK: 'A run can not be forked from a step that it never began.',
  IA_RUN_KILLED: 'The process of a run was ended before the run was.',
  IA_RUN_POISON: 'A run ended the process of its worker again and again.',
  IA_RUN_PRUNED: 'The log of a run is not kept any more.',
  IA_RUN_STALLED: 'A run waits for something that only comes from outside.',
  IA_RUN_TIMEOUT: 'A run did not end within its max_duration.',
  IA_RUN_TOO_LARGE: 'The inputs and outputs of a run take more space than one run may use.',
  // Registry
  IA_REGISTRY_BUSY: 'Too much is asked of the registry at once; try again in a while.',
  IA_REGISTRY_ELSEWHERE: 'The registry does not do this; the portal does.',
  IA_REGISTRY_FORBIDDEN: 'The caller may not publish or change this package.',
  IA_REGISTRY_IMMUTABLE: 'A published version can be deprecated, never changed or removed.',
  IA_REGISTRY_NAME: 'The name of a package reads like the one of somebody else.',
  IA_REGISTRY_NOT_FOUND: 'There is no such package that the caller can see.',
  IA_REGISTRY_PACKAGE: 'The package.json in the tarball breaks a rule of the registry.',
  IA_REGISTRY_REQUEST: 'The request is not one that `npm publish`, `npm deprecate` or `npm dist-tag` sends.',
  IA_REGISTRY_SECRET: 'The tarball holds what looks like a secret.',
  IA_REGISTRY_SELF_TEST: 'The plugin does not start, or does not do what its manifest and fixtures say.',
  IA_REGISTRY_TARBALL: 'The tarball is damaged, too large, or holds something that is not a plain file.',
  IA_REGISTRY_UNAUTHENTICATED: 'The registry wants a valid API token.',
  IA_REGISTRY_UNAVAILABLE:
    'The registry can not reach its database, or a registry that it reads from; try again later.',
  IA_REGISTRY_UNSUPPORTED: 'The registry does not offer this call.',
  IA_REGISTRY_VERSION_EXISTS: 'This version is published already.',
  // Run time
  IA_RUNTIME_LEASE_LOST: 'Another worker holds the lease: this one may not write any more.',
  IA_RUNTIME_LOAD_FAILED: 'The pipeline version of a run could not be read or compiled.',
  IA_RUNTIME_LOG_CONFLICT: 'The log of a run does not end where its writer left it.',
  IA_RUNTIME_PARKED: 'A run was taken out of memory until it is due or told something.',
  IA_RUNTIME_STOPPED: 'The runtime gave a run up because it shuts down; another worker continues it.',
  IA_RUNTIME_REPLAY: 'A replayed run took another course than its log.',
  // Secrets
  IA_SECRET_KEY: 'A sealed secret can not be opened with the keys that the platform was given.',
  IA_SECRET_UNKNOWN: 'A step reads a secret that is not set.',
  // Services of trusted steps
  IA_SERVICE_CIRCULAR: 'Services need each other in a circle.',
  IA_SERVICE_DISPOSED: 'A service was asked for after its scope had ended.',
  IA_SERVICE_DUPLICATE: 'A service is registered twice.',
  IA_SERVICE_LIFETIME: 'A service is needed by something that lives longer than it does.',
  IA_SERVICE_MISSING: 'A service is needed that nobody registered.',
  // Steps and tasks
  IA_STEP_UNKNOWN: 'Nothing here can run this type of step.',
  IA_STEP_TIMEOUT: 'A step did not end within its max_duration.',
  IA_SUBPIPELINE_DEPTH: 'Sub-pipelines are nested deeper than the step allows.',
  IA_SUBPIPELINE_FAILED: 'A sub-pipeline failed or was canceled.',
  IA_SUBPIPELINE_UNKNOWN: 'There is no such pipeline to run as a sub-pipeline.',
  IA_TASK_FAILED: 'A step failed.',
  IA_TASK_TIMEOUT: 'An attempt did not end within its timeout.',
  IA_VALIDATION_FAILED: 'A validator refuses the input or output of a step.',
};
/** A code of the registry above, `IA_<AREA>_<WHAT>`; none is ever used for something else. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Who is at fault. */
export type Fault = 'user' | 'plugin' | 'infra' | 'bug';

/** What the runtime does next. */
export type Disposition = 'retry' | 'terminal' | 'canceled' | 'timeout' | 'pause';

/** What an error says to people, and to the runtime. */
export type ErrorInit = {
  readonly code: ErrorCode;
  readonly message: string;
  /** What the reader can do next. */
  readonly hint?: string | undefined;
  /** @default 'user' */
  readonly fault?: Fault | undefined;
  /** @default 'terminal' */
  readonly disposition?: Disposition | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
};

/** The base of every error that the platform throws on purpose. */
export class PlatformError extends Error {
  override readonly name: string = 'PlatformError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly fault: Fault;
  readonly disposition: Disposition;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(init: ErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.hint = init.hint;
    this.fault = init.fault ?? 'user';
    this.disposition = init.disposition ?? 'terminal';
    this.details = init.details;
  }
}
