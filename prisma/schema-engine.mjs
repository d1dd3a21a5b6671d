#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which Prisma downloads: the same arguments and JSON-RPC over stdio, answered
// by the official WASM build of that engine over @prisma/adapter-pg. Prisma finds it by PRISMA_SCHEMA_ENGINE_BINARY.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { parseArgs } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { Client } from 'pg';

const JSON_RPC_SERVER_ERROR = 4466;
const CHAR_OID = 18;
const TEXT_OID = 25;
const ERROR_CODES = { '3D000': 'P1003', '28P01': 'P1000', 28000: 'P1000' };

const { values: options, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  strict: false,
  options: {
    datamodels: { type: 'string', multiple: true },
    datamodel: { type: 'string', multiple: true },
    datasource: { type: 'string' },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
    version: { type: 'boolean' },
  },
});
const datasource = options.datasource ? JSON.parse(options.datasource) : {};
const url = datasource.url ? new URL(datasource.url) : undefined;
const schema = url?.searchParams.get('schema') ?? undefined;

function connection(target, database = databaseName(target)) {
  const sslMode = target.searchParams.get('sslmode') ?? '';
  const hasTls = ['require', 'verify-ca', 'verify-full'].includes(sslMode);
  return {
    host: decodeURIComponent(target.hostname),
    port: Number(target.port || 5432),
    user: decodeURIComponent(target.username),
    password: decodeURIComponent(target.password),
    database,
    max: 2,
    ssl: hasTls ? { rejectUnauthorized: sslMode !== 'require' } : undefined,
  };
}

function databaseName(target) {
  return decodeURIComponent(target.pathname.slice(1));
}

async function loadEngine() {
  const require = createRequire(import.meta.url);
  const gluePath = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const glue = await import(gluePath);
  const bytes = readFileSync(path.join(path.dirname(gluePath), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue });
  glue['__wbg_set_wasm'](instance.exports);
  instance.exports['__wbindgen_start']();
  return glue;
}

async function queryOnce(database, sql) {
  const client = new Client(connection(url, database));
  await client.connect();
  try {
    if (sql) await client.query(sql(client.escapeIdentifier(databaseName(url))));
  } finally {
    await client.end();
  }
}

const createDatabase = () => queryOnce('postgres', (name) => `CREATE DATABASE ${name}`);

const cliCommands = {
  'can-connect-to-database': () => queryOnce(undefined),
  'create-database': createDatabase,
  'drop-database': () => queryOnce('postgres', (name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
};

async function runCli(command) {
  try {
    await cliCommands[command]();
    process.stderr.write('\n');
    return 0;
  } catch (error) {
    const code = ERROR_CODES[error.code] ?? 'P1001';
    logLine('INFO', { message: 'schema engine (wasm)' });
    logLine('ERROR', { message: connectionMessage(code), is_panic: false, error_code: code });
    return 1;
  }
}

function connectionMessage(code) {
  if (code === 'P1003') return `Database \`${databaseName(url)}\` does not exist`;
  if (code === 'P1000') return `Authentication failed against database server at \`${url.hostname}\``;
  return `Can't reach database server at \`${url.hostname}:${url.port || 5432}\``;
}

function logLine(level, fields) {
  const line = { timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

/**
 * The engine's catalogue queries return "char" columns, which adapter-pg refuses: present them as Character. And adapter-pg
 * splits scripts at semicolons, which breaks function bodies: send them whole, as the native engine does.
 */
function adapt(opened) {
  let charColumns = [];
  const performIO = opened.performIO.bind(opened);
  opened.performIO = async (query) => {
    const result = await performIO(query);
    const fields = result.fields ?? [];
    charColumns = fields.flatMap((field, index) => (field.dataTypeID === CHAR_OID ? [index] : []));
    for (const index of charColumns) fields[index].dataTypeID = TEXT_OID;
    return result;
  };
  const queryRaw = opened.queryRaw.bind(opened);
  opened.queryRaw = async (query) => {
    const result = await queryRaw(query);
    for (const index of charColumns) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  if (opened.executeScript) {
    opened.executeScript = async (script) => {
      await opened.client.query(script).catch((error) => opened.onError(error));
    };
  }
  if (opened.startTransaction) {
    const startTransaction = opened.startTransaction.bind(opened);
    opened.startTransaction = async (...args) => adapt(await startTransaction(...args));
  }
  return opened;
}

const openConnections = [];

class MigrationAdapter extends PrismaPg {
  async connect() {
    const opened = adapt(await super.connect());
    openConnections.push(opened);
    return opened;
  }

  async connectToShadowDb() {
    if (datasource.shadowDatabaseUrl) return connectTo(connection(new URL(datasource.shadowDatabaseUrl)));
    const database = `prisma_migrate_shadow_db_${randomUUID()}`;
    const admin = await this.connect();
    await admin.executeScript(`CREATE DATABASE "${database}"`);
    const shadow = await connectTo(connection(url, database));
    const dispose = shadow.dispose.bind(shadow);
    shadow.dispose = async () => {
      await dispose();
      await admin.executeScript(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
      await admin.dispose();
    };
    return shadow;
  }
}

async function connectTo(config) {
  return adapt(await new PrismaPg(config, schema ? { schema } : undefined).connect());
}

/** One engine a call: the WASM engine hands its shadow database factory out once, and a new pool frees the advisory lock. */
function createEngine(glue) {
  const config = url ? connection(url) : { host: '127.0.0.1', port: 1 };
  const adapter = new MigrationAdapter(config, schema ? { schema } : undefined);
  const datamodels = options.datamodels?.map((file) => [file, readFileSync(file, 'utf8')]);
  return glue.SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(adapter));
}

async function call(glue, method, params) {
  if (method === 'createDatabase') {
    await createDatabase();
    return { databaseName: databaseName(url) };
  }
  let engine;
  try {
    engine = await createEngine(glue);
    if (method === 'getDatabaseVersion') return await engine.version();
    if (typeof engine[method] !== 'function') throw new Error(`The WASM schema engine has no method ${method}`);
    if (method === 'evaluateDataLoss' || method === 'createMigration') {
      // Only this replays the migrations on a shadow database; the engine keeps the outcome for the call that follows.
      await engine.devDiagnostic({ migrationsList: params.migrationsList, filters: params.filters });
    }
    return await engine[method](params);
  } finally {
    engine?.free();
    await Promise.allSettled(openConnections.splice(0).map((opened) => opened.dispose()));
  }
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

async function answer(glue, { id, method, params }) {
  try {
    const result = await call(glue, method, params ?? {});
    if (method !== 'diff') return send({ id, result: result ?? {} });
    if (typeof result.stdout === 'string') {
      send({ id: randomUUID(), method: 'print', params: { content: result.stdout.replace(/\n$/, '') } });
    }
    return send({ id, result: { exitCode: result.exitCode, stdout: null } });
  } catch (error) {
    const data = {
      is_panic: false,
      message: error?.message ?? String(error),
      error_code: error?.code,
      meta: error?.meta,
    };
    const message = 'An error happened. Check the data field for details.';
    return send({ id, error: { code: JSON_RPC_SERVER_ERROR, message, data } });
  }
}

async function serve() {
  const glue = await loadEngine();
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const message = line.trim() === '' ? {} : JSON.parse(line);
    if (message.method) await answer(glue, message);
  }
}

if (options.version) {
  const glue = await loadEngine();
  process.stdout.write(`schema-engine-cli ${glue.version()}\n`);
} else if (positionals[0] === 'cli') {
  process.exitCode = await runCli(positionals[1]);
} else {
  await serve();
}
