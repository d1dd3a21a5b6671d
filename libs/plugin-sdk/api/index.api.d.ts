import { z } from 'zod';

export type BlobReference = {
    readonly blob: string;
    readonly sizeBytes: number;
    readonly contentType: string;
};

export type Blobs = {
    readonly put: (bytes: Uint8Array, options?: {
        readonly contentType?: string;
    }) => Promise<BlobReference>;
    readonly get: (reference: BlobReference) => Promise<Uint8Array>;
};

export declare const CONTRIBUTION_KINDS: readonly ['step', 'condition', 'validator', 'transform', 'hook', 'reporter', 'exporter'];

export declare const CONTRIBUTION_LISTS: {
    readonly step: 'steps';
    readonly condition: 'conditions';
    readonly validator: 'validators';
    readonly transform: 'transforms';
    readonly hook: 'hooks';
    readonly reporter: 'reporters';
    readonly exporter: 'exporters';
};

export type Clock = {
    readonly now: () => number;
    readonly sleep: (ms: number) => Promise<void>;
};

export type Condition = Contribution<'condition'>;

export type ConditionCall<C> = {
    readonly config: C;
    readonly parameters: JsonObject;
    readonly step: LeftStep;
};

export type ConditionInit<C extends Schema> = ConfiguredInit<C> & {
    readonly evaluate: (call: ConditionCall<Received<C>>, ctx: PluginContext) => boolean | Promise<boolean>;
};

export type ConfiguredContribution = PluginManifest['contributions']['conditions'][number];

export type Contribution<K extends ContributionKind = ContributionKind> = {
    readonly kind: K;
    readonly name: string;
    readonly describe: () => ContributionDescription;
    readonly run: (input: Json, ctx: PluginContext) => Promise<Json>;
};

export type ContributionDescription = Required<Pick<ContributionInfo, 'name' | 'title' | 'description'>> & {
    readonly icon?: string;
    readonly input?: JsonSchema;
    readonly output?: JsonSchema;
    readonly config?: JsonSchema;
};

export type ContributionInfo = {
    readonly name: string;
    readonly title?: string;
    readonly description?: string;
    readonly icon?: string;
};

export type ContributionKind = (typeof CONTRIBUTION_KINDS)[number];

export type Disposition = 'retry' | 'terminal' | 'canceled' | 'timeout' | 'pause';

export declare const ERROR_CODES: {
    IA_API_FORBIDDEN: string;
    IA_API_UNAUTHENTICATED: string;
    IA_API_LIMIT: string;
    IA_API_NOT_FOUND: string;
    IA_API_CONFLICT: string;
    IA_API_INVALID: string;
    IA_API_BUSY: string;
    IA_API_DOCUMENT: string;
    IA_API_QUOTA: string;
    IA_API_RATE_LIMIT: string;
    IA_API_SLOW_READER: string;
    IA_API_TIMEOUT: string;
    IA_APPROVAL_CLOSED: string;
    IA_APPROVAL_DEADLINE: string;
    IA_APPROVAL_FORM: string;
    IA_APPROVAL_NOT_ASSIGNEE: string;
    IA_APPROVAL_REJECTED: string;
    IA_APPROVAL_SELF: string;
    IA_APPROVAL_VOTED: string;
    IA_BLOB_CHANGED: string;
    IA_BLOB_CORRUPT: string;
    IA_BLOB_KEY: string;
    IA_BLOB_MISSING: string;
    IA_BLOB_NO_SPACE: string;
    IA_BLOB_UNAVAILABLE: string;
    IA_BRANCH_NONE: string;
    IA_JOIN_UNMET: string;
    IA_LOOP_EXHAUSTED: string;
    IA_MAP_ITEMS: string;
    IA_CIRCUIT_OPEN: string;
    IA_CLI_API_ANSWER: string;
    IA_CLI_API_UNREACHABLE: string;
    IA_CLI_CONNECTION_LOST: string;
    IA_CLI_NPM: string;
    IA_CLI_SIGN_IN: string;
    IA_CLI_TENANT: string;
    IA_CONFIG_INVALID: string;
    IA_INTERNAL: string;
    IA_DATABASE_DATA: string;
    IA_DATABASE_FULL: string;
    IA_DATABASE_MIGRATION: string;
    IA_DATABASE_PORT: string;
    IA_DATABASE_START: string;
    IA_DATABASE_UNAVAILABLE: string;
    IA_EFFECT_UNKNOWN: string;
    IA_EXPRESSION_FAILED: string;
    IA_EXPRESSION_INVALID: string;
    IA_EXPRESSION_LIMIT: string;
    IA_PARAMETERS_INVALID: string;
    IA_PIPELINE_APPROVAL: string;
    IA_PIPELINE_BOM: string;
    IA_PIPELINE_BUDGET: string;
    IA_PIPELINE_CANCELS: string;
    IA_PIPELINE_COMPENSATION: string;
    IA_PIPELINE_CONSTANT_CONDITION: string;
    IA_PIPELINE_CYCLE: string;
    IA_PIPELINE_DEAD_TRANSITION: string;
    IA_PIPELINE_DEFAULT: string;
    IA_PIPELINE_DUPLICATE_KEY: string;
    IA_PIPELINE_DUPLICATE_STEP: string;
    IA_PIPELINE_DUPLICATE_TRANSITION: string;
    IA_PIPELINE_DURATION: string;
    IA_PIPELINE_ERROR_TRANSITION: string;
    IA_PIPELINE_IMPORT: string;
    IA_PIPELINE_IMPORT_LEFTOVER: string;
    IA_PIPELINE_INVALID: string;
    IA_PIPELINE_ITEMS: string;
    IA_PIPELINE_JOIN: string;
    IA_PIPELINE_LOGGED_SECRET: string;
    IA_PIPELINE_LOOP: string;
    IA_PIPELINE_MAYBE_MISSING: string;
    IA_PIPELINE_MODULE: string;
    IA_PIPELINE_MORE: string;
    IA_PIPELINE_NO_TIMEOUT: string;
    IA_PIPELINE_PARAMETERS: string;
    IA_PIPELINE_PLUGIN: string;
    IA_PIPELINE_RANGE: string;
    IA_PIPELINE_RECURSION: string;
    IA_PIPELINE_REFERENCE: string;
    IA_PIPELINE_RETRY: string;
    IA_PIPELINE_ROUTER: string;
    IA_PIPELINE_SECRET: string;
    IA_PIPELINE_SHADOWED_DEFAULT: string;
    IA_PIPELINE_SHAPE: string;
    IA_PIPELINE_SYNTAX: string;
    IA_PIPELINE_TEXT: string;
    IA_PIPELINE_TOO_DEEP: string;
    IA_PIPELINE_TOO_LARGE: string;
    IA_PIPELINE_TYPE: string;
    IA_PIPELINE_UNKNOWN_KEY: string;
    IA_PIPELINE_UNKNOWN_PARAMETER: string;
    IA_PIPELINE_UNKNOWN_PIPELINE: string;
    IA_PIPELINE_UNKNOWN_STEP: string;
    IA_PIPELINE_UNKNOWN_USES: string;
    IA_PIPELINE_UNREACHABLE: string;
    IA_PIPELINE_UNREADABLE: string;
    IA_PIPELINE_UNSAFE_KEY: string;
    IA_PIPELINE_UNSUPPORTED: string;
    IA_PIPELINE_UNUSED_PARAMETER: string;
    IA_PIPELINE_WITH: string;
    IA_PLATFORM_BROWSER: string;
    IA_PLATFORM_BUILD: string;
    IA_PLATFORM_DATA_DIR: string;
    IA_PLATFORM_DEMO: string;
    IA_PLATFORM_PORT: string;
    IA_PLATFORM_PUBLISH: string;
    IA_PLATFORM_RUNNING: string;
    IA_PLATFORM_SEED: string;
    IA_PLATFORM_SERVICE: string;
    IA_PLUGIN_ADVISORY: string;
    IA_PLUGIN_BLOB_DENIED: string;
    IA_PLUGIN_BUILT_IN: string;
    IA_PLUGIN_CANCELED: string;
    IA_PLUGIN_CRASHED: string;
    IA_PLUGIN_DEPENDENCY: string;
    IA_PLUGIN_DEPRECATED: string;
    IA_PLUGIN_DOWNLOAD: string;
    IA_PLUGIN_FAILED: string;
    IA_PLUGIN_FILE_DENIED: string;
    IA_PLUGIN_FIXTURE: string;
    IA_PLUGIN_INCOMPATIBLE: string;
    IA_PLUGIN_INPUT: string;
    IA_PLUGIN_INTEGRITY: string;
    IA_PLUGIN_LIMIT: string;
    IA_PLUGIN_MANIFEST: string;
    IA_PLUGIN_NET_DENIED: string;
    IA_PLUGIN_NET_FAILED: string;
    IA_PLUGIN_NET_TAPE: string;
    IA_PLUGIN_NOT_ALLOWED: string;
    IA_PLUGIN_NOT_INSTALLED: string;
    IA_PLUGIN_OUTPUT: string;
    IA_PLUGIN_PROTOCOL: string;
    IA_PLUGIN_SANDBOX: string;
    IA_PLUGIN_SCHEMA: string;
    IA_PLUGIN_SHELL_DENIED: string;
    IA_PLUGIN_SIGNATURE: string;
    IA_PLUGIN_STEP: string;
    IA_PLUGIN_TAKEN_DOWN: string;
    IA_PLUGIN_TARBALL: string;
    IA_RUN_ENDED: string;
    IA_RUN_COST: string;
    IA_RUN_COMMAND: string;
    IA_RUN_EFFECT_UNKNOWN: string;
    IA_RUN_FORK: string;
    IA_RUN_KILLED: string;
    IA_RUN_POISON: string;
    IA_RUN_PRUNED: string;
    IA_RUN_STALLED: string;
    IA_RUN_TIMEOUT: string;
    IA_RUN_TOO_LARGE: string;
    IA_REGISTRY_BUSY: string;
    IA_REGISTRY_ELSEWHERE: string;
    IA_REGISTRY_FORBIDDEN: string;
    IA_REGISTRY_IMMUTABLE: string;
    IA_REGISTRY_NAME: string;
    IA_REGISTRY_NOT_FOUND: string;
    IA_REGISTRY_PACKAGE: string;
    IA_REGISTRY_REQUEST: string;
    IA_REGISTRY_SECRET: string;
    IA_REGISTRY_SELF_TEST: string;
    IA_REGISTRY_TARBALL: string;
    IA_REGISTRY_UNAUTHENTICATED: string;
    IA_REGISTRY_UNAVAILABLE: string;
    IA_REGISTRY_UNSUPPORTED: string;
    IA_REGISTRY_VERSION_EXISTS: string;
    IA_RUNTIME_LEASE_LOST: string;
    IA_RUNTIME_LOAD_FAILED: string;
    IA_RUNTIME_LOG_CONFLICT: string;
    IA_RUNTIME_PARKED: string;
    IA_RUNTIME_STOPPED: string;
    IA_RUNTIME_REPLAY: string;
    IA_SECRET_KEY: string;
    IA_SECRET_UNKNOWN: string;
    IA_SERVICE_CIRCULAR: string;
    IA_SERVICE_DISPOSED: string;
    IA_SERVICE_DUPLICATE: string;
    IA_SERVICE_LIFETIME: string;
    IA_SERVICE_MISSING: string;
    IA_STEP_UNKNOWN: string;
    IA_STEP_TIMEOUT: string;
    IA_SUBPIPELINE_DEPTH: string;
    IA_SUBPIPELINE_FAILED: string;
    IA_SUBPIPELINE_UNKNOWN: string;
    IA_TASK_FAILED: string;
    IA_TASK_TIMEOUT: string;
    IA_VALIDATION_FAILED: string;
};

export type ErrorCode = keyof typeof ERROR_CODES;

export type ErrorInit = {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint?: string | undefined;
    readonly fault?: Fault | undefined;
    readonly disposition?: Disposition | undefined;
    readonly details?: Readonly<Record<string, unknown>> | undefined;
    readonly cause?: unknown;
};

export type Exporter = Contribution<'exporter'>;

export type ExporterInit<C extends Schema> = ConfiguredInit<C> & {
    readonly export: (call: {
        readonly points: readonly MetricPoint[];
        readonly config: Received<C>;
    }, ctx: PluginContext) => void | Promise<void>;
};

export type Fault = 'user' | 'plugin' | 'infra' | 'bug';

export type FilledFromJsonSchema<S> = Value<S, 'filled'>;

export type FromJsonSchema<S> = Value<S, 'accepted'>;

export type Hook = Contribution<'hook'>;

export type HookEvent = {
    readonly type: string;
    readonly stepId?: string;
    readonly data: Json;
};

export type HookInit<C extends Schema> = ConfiguredInit<C> & {
    readonly handle: (call: {
        readonly event: HookEvent;
        readonly config: Received<C>;
    }, ctx: PluginContext) => void | Promise<void>;
};

export declare const INSTALL_SCRIPTS: readonly string[];

export type Json = string | number | boolean | null | readonly Json[] | {
    readonly [key: string]: Json;
};

export type JsonObject = {
    readonly [key: string]: Json;
};

export type JsonSchema = {
    readonly [keyword: string]: unknown;
};

export type Labels = Readonly<Record<string, string | number | boolean>>;

export type LeftStep = {
    readonly id: string;
    readonly status: string;
    readonly output: Json;
    readonly error: Json;
};

export type LifecycleContext = Pick<PluginContext, 'fetch' | 'logger' | 'signal' | 'secrets' | 'clock' | 'metrics'>;

export type Logger = {
    readonly debug: (message: string) => void;
    readonly info: (message: string) => void;
    readonly warn: (message: string) => void;
    readonly error: (message: string) => void;
};

export declare const MANIFEST_API_VERSION = 1;

export type ManifestContribution = ({
    readonly kind: 'step';
} & StepContribution) | ({
    readonly kind: Exclude<ContributionKind, 'step'>;
} & ConfiguredContribution);

export type ManifestDiagnostic = {
    readonly path: string;
    readonly message: string;
};

export type MeasureSpan = <T>(name: string, work: (span: Span) => T | Promise<T>, attributes?: Labels) => Promise<T>;

export type MetricPoint = {
    readonly name: string;
    readonly kind: 'counter' | 'histogram';
    readonly unit: string;
    readonly value: number;
    readonly labels: Readonly<Record<string, string>>;
    readonly at: number;
};

export declare const PACKAGE_LIMITS: {
    readonly packedBytes: number;
    readonly unpackedBytes: number;
    readonly files: 2000;
    readonly iconBytes: number;
};

export declare const PLUGIN_CATEGORIES: readonly ['ai', 'communication', 'data', 'databases', 'documents', 'flow', 'monitoring', 'security', 'storage', 'text', 'web', 'other'];

export type ParsedManifest = {
    readonly ok: true;
    readonly package: PluginPackage;
    readonly manifest: PluginManifest;
} | {
    readonly ok: false;
    readonly diagnostics: readonly ManifestDiagnostic[];
};

export declare class PlatformError extends Error {
    readonly name: string;
    readonly code: ErrorCode;
    readonly hint: string | undefined;
    readonly fault: Fault;
    readonly disposition: Disposition;
    readonly details: Readonly<Record<string, unknown>> | undefined;
    constructor(init: ErrorInit);
}

export type Plugin = Pick<PluginInit, 'init' | 'health' | 'shutdown'> & {
    readonly contributions: readonly Contribution[];
};

export type PluginCategory = (typeof PLUGIN_CATEGORIES)[number];

export type PluginContext = {
    readonly fetch: typeof fetch;
    readonly logger: Logger;
    readonly signal: AbortSignal;
    readonly secrets: Readonly<Record<string, string>>;
    readonly idempotencyKey: string;
    readonly task: TaskInfo;
    readonly clock: Clock;
    readonly metrics: PluginMetrics;
    readonly blobs: Blobs;
    readonly plugins: Plugins;
    readonly progress: (fraction: number, message?: string) => void;
    readonly cost: (usd: number) => void;
    readonly span: MeasureSpan;
};

export declare class PluginError extends PlatformError {
    readonly name: string;
    readonly retryable: boolean;
    constructor(init: PluginErrorInit);
}

export type PluginErrorInit = {
    readonly message: string;
    readonly name?: string;
    readonly retryable?: boolean;
    readonly code?: ErrorCode;
    readonly hint?: string;
    readonly details?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
};

export type PluginGrant = z.infer<typeof grantSchema>;

export type PluginInit = {
    readonly steps?: readonly Step[];
    readonly conditions?: readonly Condition[];
    readonly validators?: readonly Validator[];
    readonly transforms?: readonly Transform[];
    readonly hooks?: readonly Hook[];
    readonly reporters?: readonly Reporter[];
    readonly exporters?: readonly Exporter[];
    readonly init?: (ctx: LifecycleContext) => void | Promise<void>;
    readonly health?: (ctx: LifecycleContext) => void | Promise<void>;
    readonly shutdown?: () => void | Promise<void>;
};

export type PluginManifest = z.infer<typeof manifestSchema>;

export type PluginMetrics = {
    readonly count: (name: string, by?: number, labels?: Labels) => void;
    readonly record: (name: string, value: number, labels?: Labels) => void;
};

export type PluginPackage = Omit<z.infer<typeof packageSchema>, 'iaModules'>;

export type Plugins = {
    readonly call: (uses: string, input: Json) => Promise<Json>;
};

export type Received<S> = S extends z.ZodType ? z.output<S> : FilledFromJsonSchema<S>;

export type ReportedEvent = {
    readonly runId: string;
    readonly seq: number;
    readonly at: number;
    readonly type: string;
    readonly stepId?: string;
    readonly iteration?: string;
    readonly index?: string;
    readonly attempt?: number;
    readonly data?: Json;
};

export type Reporter = Contribution<'reporter'>;

export type ReporterInit<C extends Schema> = ConfiguredInit<C> & {
    readonly report: (call: {
        readonly events: readonly ReportedEvent[];
        readonly config: Received<C>;
    }, ctx: PluginContext) => void | Promise<void>;
};

export type Returned<S> = S extends z.ZodType ? z.input<S> : FromJsonSchema<S>;

export type Schema = z.ZodType | JsonSchema;

export type Span = {
    readonly set: (attributes: Labels) => void;
    readonly span: MeasureSpan;
};

export type Step = Contribution<'step'>;

export type StepContribution = PluginManifest['contributions']['steps'][number];

export type StepInit<I extends Schema, O extends Schema> = ContributionInfo & {
    readonly input: I;
    readonly output: O;
    readonly run: (input: Received<I>, ctx: PluginContext) => Returned<O> | Promise<Returned<O>>;
};

export type TaskInfo = {
    readonly runId: string;
    readonly stepId: string;
    readonly attempt: number;
};

export type Transform = Contribution<'transform'>;

export type TransformInit<C extends Schema> = ConfiguredInit<C> & {
    readonly transform: (call: {
        readonly value: Json;
        readonly config: Received<C>;
    }, ctx: PluginContext) => Json | Promise<Json>;
};

export type ValidationProblem = {
    readonly path: string;
    readonly message: string;
};

export type Validator = Contribution<'validator'>;

export type ValidatorInit<C extends Schema> = ConfiguredInit<C> & {
    readonly validate: (call: {
        readonly value: Json;
        readonly config: Received<C>;
    }, ctx: PluginContext) => Verdict | Promise<Verdict>;
};

export type Verdict = boolean | {
    readonly valid: boolean;
    readonly errors: readonly ValidationProblem[];
};

export declare const checkedCost: (usd: number) => number;

export declare const contributionsOf: ({ contributions: lists, }: Pick<PluginManifest, 'contributions'>) => ManifestContribution[];

export declare const defineCondition: <const C extends Schema = Record<string, never>>(init: ConditionInit<C>) => Condition;

export declare const defineExporter: <const C extends Schema = Record<string, never>>(init: ExporterInit<C>) => Exporter;

export declare const defineHook: <const C extends Schema = Record<string, never>>(init: HookInit<C>) => Hook;

export declare const definePlugin: (init: PluginInit) => Plugin;

export declare const defineReporter: <const C extends Schema = Record<string, never>>(init: ReporterInit<C>) => Reporter;

export declare const defineStep: <const I extends Schema, const O extends Schema>(init: StepInit<I, O>) => Step;

export declare const defineTransform: <const C extends Schema = Record<string, never>>(init: TransformInit<C>) => Transform;

export declare const defineValidator: <const C extends Schema = Record<string, never>>(init: ValidatorInit<C>) => Validator;

export declare const findContribution: ({ contributions }: Pick<Plugin, 'contributions'>, kind: ContributionKind, name: string) => Contribution | undefined;

export declare const grantSchema: z.ZodObject<{
    net: z.ZodDefault<z.ZodArray<z.ZodString>>;
    secrets: z.ZodDefault<z.ZodArray<z.ZodString>>;
    blobs: z.ZodDefault<z.ZodBoolean>;
}, z.core.$strict>;

export declare const isNetPattern: (text: string) => boolean;

export declare const manifestSchema: z.ZodObject<{
    apiVersion: z.ZodLiteral<1>;
    entry: z.ZodDefault<z.ZodString>;
    runtime: z.ZodDefault<z.ZodEnum<{
        sandbox: "sandbox";
        trusted: "trusted";
    }>>;
    icon: z.ZodOptional<z.ZodString>;
    category: z.ZodOptional<z.ZodEnum<{
        ai: "ai";
        communication: "communication";
        data: "data";
        databases: "databases";
        documents: "documents";
        flow: "flow";
        monitoring: "monitoring";
        other: "other";
        security: "security";
        storage: "storage";
        text: "text";
        web: "web";
    }>>;
    engines: z.ZodOptional<z.ZodObject<{
        platform: z.ZodString;
    }, z.core.$strict>>;
    contributions: z.ZodObject<{
        steps: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            input: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            output: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        conditions: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        validators: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        transforms: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        hooks: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        reporters: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
        exporters: z.ZodDefault<z.ZodArray<z.ZodObject<{
            name: z.ZodString;
            title: z.ZodString;
            description: z.ZodDefault<z.ZodString>;
            icon: z.ZodOptional<z.ZodString>;
            config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
        }, z.core.$strict>>>;
    }, z.core.$strict>;
    permissions: z.ZodPrefault<z.ZodObject<{
        net: z.ZodDefault<z.ZodArray<z.ZodString>>;
        secrets: z.ZodDefault<z.ZodArray<z.ZodString>>;
        blobs: z.ZodDefault<z.ZodBoolean>;
        memoryMb: z.ZodDefault<z.ZodInt>;
        cpuMs: z.ZodDefault<z.ZodInt>;
        timeoutMs: z.ZodDefault<z.ZodInt>;
    }, z.core.$strict>>;
    concurrency: z.ZodDefault<z.ZodInt>;
    dependencies: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>>;
}, z.core.$strict>;

export declare const matchesNetPattern: (pattern: string, host: string, port: number) => boolean;

export declare const networkError: (message: string, cause?: unknown) => PluginError;

export declare const parseManifest: (packageJson: unknown) => ParsedManifest;

// Named by the types above.

type Always<S, P, D extends Side> = Names<S> | (D extends 'filled' ? WithDefault<P> : never);

type ConfiguredInit<C extends Schema> = ContributionInfo & {
    readonly config?: C;
};

type Every<B extends Schemas, D extends Side> = B extends readonly [infer First, ...infer Rest] ? Rest extends readonly [] ? Value<First, D> : Value<First, D> & Every<Rest, D> : Json;

type Fields<S, D extends Side> = S extends {
    readonly properties: infer P;
} ? FromProperties<P, Always<S, P, D>, D> & Others<S, P, D> : S extends {
    readonly additionalProperties: infer A;
} ? A extends false ? Readonly<Record<string, never>> : {
    readonly [key: string]: Value<A, D>;
} : {
    readonly [key: string]: Json;
};

type Flat<T> = {
    readonly [K in keyof T]: T[K];
};

type FromProperties<P, Required, D extends Side> = Flat<{
    readonly [K in keyof P as K extends Required ? K : never]: Value<P[K], D>;
} & {
    readonly [K in keyof P as K extends Required ? never : K]?: Value<P[K], D>;
}>;

type FromType<T, S, D extends Side> = T extends 'string' ? string : T extends 'number' | 'integer' ? number : T extends 'boolean' ? boolean : T extends 'null' ? null : T extends 'array' ? List<S, D> : T extends 'object' ? Fields<S, D> : Json;

type Further<S, D extends Side> = S extends {
    readonly items: infer I;
} ? I extends false ? readonly [] : readonly Value<I, D>[] : readonly Json[];

type List<S, D extends Side> = S extends {
    readonly prefixItems: infer P extends Schemas;
} ? readonly [...Tuple<S, P, D>, ...Further<S, D>] : S extends {
    readonly items: infer I;
} ? readonly Value<I, D>[] : readonly Json[];

type Names<S> = S extends {
    readonly required: readonly (infer N)[];
} ? N : never;

type Others<S, P, D extends Side> = S extends {
    readonly additionalProperties: infer A;
} ? A extends boolean ? unknown : {
    readonly [key: string]: Value<A, D> | Value<P[keyof P], D> | undefined;
} : unknown;

type Schemas = readonly unknown[];

type Side = 'accepted' | 'filled';

type Tuple<S, P extends Schemas, D extends Side> = S extends {
    readonly minItems: P['length'];
} ? {
    [K in keyof P]: Value<P[K], D>;
} : Partial<{
    [K in keyof P]: Value<P[K], D>;
}>;

type Typed<T, S, D extends Side> = T extends readonly (infer Each)[] ? FromType<Each, S, D> : FromType<T, S, D>;

type Value<S, D extends Side> = S extends boolean ? S extends false ? never : Json : S extends {
    readonly const: infer C;
} ? C : S extends {
    readonly enum: readonly (infer E)[];
} ? E : S extends {
    readonly type: infer T;
} ? Typed<T, S, D> | (S extends {
    readonly nullable: true;
} ? null : never) : S extends {
    readonly anyOf: readonly (infer B)[];
} ? Value<B, 'accepted'> : S extends {
    readonly oneOf: readonly (infer B)[];
} ? Value<B, 'accepted'> : S extends {
    readonly allOf: infer B extends Schemas;
} ? Every<B, D> : Json;

type WithDefault<P> = {
    [K in keyof P]: P[K] extends {
        readonly default: unknown;
    } ? K : never;
}[keyof P];

declare const packageSchema: z.ZodObject<{
    name: z.ZodString;
    version: z.ZodString;
    description: z.ZodDefault<z.ZodString>;
    license: z.ZodOptional<z.ZodString>;
    keywords: z.ZodDefault<z.ZodArray<z.ZodString>>;
    iaModules: z.ZodObject<{
        apiVersion: z.ZodLiteral<1>;
        entry: z.ZodDefault<z.ZodString>;
        runtime: z.ZodDefault<z.ZodEnum<{
            sandbox: "sandbox";
            trusted: "trusted";
        }>>;
        icon: z.ZodOptional<z.ZodString>;
        category: z.ZodOptional<z.ZodEnum<{
            ai: "ai";
            communication: "communication";
            data: "data";
            databases: "databases";
            documents: "documents";
            flow: "flow";
            monitoring: "monitoring";
            other: "other";
            security: "security";
            storage: "storage";
            text: "text";
            web: "web";
        }>>;
        engines: z.ZodOptional<z.ZodObject<{
            platform: z.ZodString;
        }, z.core.$strict>>;
        contributions: z.ZodObject<{
            steps: z.ZodDefault<z.ZodArray<z.ZodObject<{
                name: z.ZodString;
                title: z.ZodString;
                description: z.ZodDefault<z.ZodString>;
                icon: z.ZodOptional<z.ZodString>;
                input: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
                output: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            }, z.core.$strict>>>;
            conditions: z.ZodDefault<z.ZodArray<z.ZodObject<{
                name: z.ZodString;
                title: z.ZodString;
                description: z.ZodDefault<z.ZodString>;
                icon: z.ZodOptional<z.ZodString>;
                config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            }, z.core.$strict>>>;
            validators: z.ZodDefault<z.ZodArray<z.ZodObject<{
                name: z.ZodString;
                title: z.ZodString;
                description: z.ZodDefault<z.ZodString>;
                icon: z.ZodOptional<z.ZodString>;
                config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            }, z.core.$strict>>>;
            transforms: z.ZodDefault<z.ZodArray<z.ZodObject<{
                name: z.ZodString;
                title: z.ZodString;
                description: z.ZodDefault<z.ZodString>;
                icon: z.ZodOptional<z.ZodString>;
                config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            }, z.core.$strict>>>;
            hooks: z.ZodDefault<z.ZodArray<z.ZodObject<{
                name: z.ZodString;
                title: z.ZodString;
                description: z.ZodDefault<z.ZodString>;
                icon: z.ZodOptional<z.ZodString>;
                config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            }, z.core.$strict>>>;
            reporters: z.ZodDefault<z.ZodArray<z.ZodObject<{
                name: z.ZodString;
                title: z.ZodString;
                description: z.ZodDefault<z.ZodString>;
                icon: z.ZodOptional<z.ZodString>;
                config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            }, z.core.$strict>>>;
            exporters: z.ZodDefault<z.ZodArray<z.ZodObject<{
                name: z.ZodString;
                title: z.ZodString;
                description: z.ZodDefault<z.ZodString>;
                icon: z.ZodOptional<z.ZodString>;
                config: z.ZodDefault<z.ZodCustom<Record<string, z.JSONType>, Record<string, z.JSONType>>>;
            }, z.core.$strict>>>;
        }, z.core.$strict>;
        permissions: z.ZodPrefault<z.ZodObject<{
            net: z.ZodDefault<z.ZodArray<z.ZodString>>;
            secrets: z.ZodDefault<z.ZodArray<z.ZodString>>;
            blobs: z.ZodDefault<z.ZodBoolean>;
            memoryMb: z.ZodDefault<z.ZodInt>;
            cpuMs: z.ZodDefault<z.ZodInt>;
            timeoutMs: z.ZodDefault<z.ZodInt>;
        }, z.core.$strict>>;
        concurrency: z.ZodDefault<z.ZodInt>;
        dependencies: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>>;
    }, z.core.$strict>;
}, z.core.$strip>;

export {};
