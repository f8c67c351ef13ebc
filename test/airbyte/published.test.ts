// What both connectors publish about themselves, as the platform's form and its checks want it.
import {copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {type ConnectorResult, runConnector, RunFolder} from './connector-run';

const root = join(__dirname, '..', '..');
const connectors = ['source-chatgpt-enterprise', 'destination-arctera-archive'];

type Json = Readonly<Record<string, unknown>>;

async function run(executable: string, args: readonly string[]): Promise<ConnectorResult> {
  const result = await runConnector({command: [executable], args, env: {WORKER_JOB_ID: '1'}});
  expect(result).toMatchObject({stderr: '', strayLines: [], exitCode: 0});
  expect(result.messages).toHaveLength(1);
  return result;
}

async function specOf(connector: string): Promise<Json> {
  const result = await run(join(root, 'bin', connector), ['spec']);
  return (result.messages[0]!['spec'] as {connectionSpecification: Json}).connectionSpecification;
}

/** Every object in the schema, with the keywords on the way to it. */
function* nodes(value: unknown, way: readonly string[] = []): Generator<{way: readonly string[]; node: Json}> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield {way, node: value as Json};
  for (const [key, inner] of Object.entries(value)) yield* nodes(inner, [...way, key]);
}

describe.each(connectors)('the spec of %s', (connector) => {
  test('is the committed one', async () => {
    const result = await run(join(root, 'bin', connector), ['spec']);
    const committed: unknown = JSON.parse(readFileSync(join(root, 'spec', `${connector}.json`), 'utf8'));
    expect(result.messages[0]!['spec']).toEqual(committed);
  });

  test('is the same from the bundle that answers it alone and from the runner', async () => {
    const [quick] = (await run(join(root, 'bin', connector), ['spec'])).messages;
    const whole = await runConnector({command: ['node', join(root, 'dist', `${connector}.js`)], args: ['spec']});
    expect(whole).toMatchObject({exitCode: 0, stderr: ''});
    expect(whole.messages).toEqual([quick]);
  });

  test('has none of the keys that the CDK adds', async () => {
    const properties = Object.keys((await specOf(connector))['properties'] as Json);
    for (const key of ['debug', 'backfill', 'check_connection', 'stream_freshness_hours']) {
      expect(properties).not.toContain(key);
    }
    expect(properties.filter((key) => /faros|bucket|compress/.test(key))).toEqual([]);
  });

  test('closes no object, refers nowhere and composes by oneOf alone', async () => {
    for (const {node} of nodes(await specOf(connector))) {
      expect(node['additionalProperties'] ?? true).toBe(true);
      for (const keyword of ['$ref', 'allOf', 'anyOf', 'not', 'if', 'patternProperties', 'prefixItems']) {
        expect(node).not.toHaveProperty(keyword);
      }
    }
  });

  test('has no default inside a choice, a list or an optional object, where the CDK and the form would leak it', async () => {
    const spec = await specOf(connector);
    const required = (spec['required'] ?? []) as string[];
    for (const {node, way} of nodes(spec)) {
      if (!Object.hasOwn(node, 'default') || way.at(-1) === 'properties') continue;
      expect(way).not.toContain('oneOf');
      expect(way).not.toContain('items');
      const isNested = way.filter((step) => step === 'properties').length > 1;
      if (isNested) expect(required).toContain(way[1]);
    }
  });

  test('orders its fields without a tie, and titles and describes each', async () => {
    const properties = Object.values((await specOf(connector))['properties'] as Record<string, Json>);
    expect(new Set(properties.map((field) => field['order'])).size).toBe(properties.length);
    for (const field of properties) {
      expect(field).toMatchObject({title: expect.any(String) as unknown, description: expect.any(String) as unknown});
    }
  });
});

test('the key of the source is a secret', async () => {
  const {properties} = (await specOf(connectors[0]!)) as {properties: Record<string, Json>};
  expect(properties['api_key']).toMatchObject({airbyte_secret: true});
});

describe('the streams of the source', () => {
  interface Stream {
    readonly name: string;
    readonly json_schema: {readonly $schema: string; readonly properties: Record<string, {readonly type?: unknown}>};
    readonly supported_sync_modes: readonly string[];
    readonly source_defined_cursor: boolean;
    readonly default_cursor_field: readonly string[];
    readonly source_defined_primary_key: readonly (readonly string[])[];
    readonly is_resumable?: boolean;
  }

  async function discover(): Promise<readonly Stream[]> {
    const folder = new RunFolder();
    const config = folder.file('config.json', {workspace_id: 'ws-1', api_key: 'sk-admin-of-nobody'});
    const result = await run(join(root, 'bin', connectors[0]!), ['discover', '--config', config]);
    folder.remove();
    expect(result.stdout).not.toMatch(/faros|sk-admin/);
    return (result.messages[0]!['catalog'] as {streams: readonly Stream[]}).streams;
  }

  test('have names of their own, keys and a cursor of plain fields at the top level', async () => {
    const streams = await discover();
    expect(new Set(streams.map(({name}) => name)).size).toBe(streams.length);
    for (const stream of streams) {
      expect(stream.name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(stream.source_defined_primary_key.length).toBeGreaterThan(0);
      const paths = [stream.default_cursor_field, ...stream.source_defined_primary_key];
      for (const path of paths) {
        expect(path).toHaveLength(1);
        const field = stream.json_schema.properties[path[0]!];
        expect({stream: stream.name, path, field}).toMatchObject({field: expect.anything() as unknown});
        expect(['string', 'integer', 'number']).toContain([field!.type].flat()[0]);
      }
    }
  });

  test('say their modes, that their cursor is their own, and whether they can be resumed', async () => {
    for (const stream of await discover()) {
      expect(stream.supported_sync_modes).toContain('incremental');
      expect(stream.source_defined_cursor).toBe(true);
      expect(stream.is_resumable).toEqual(expect.any(Boolean));
    }
  });

  test('have draft-07 schemas that are closed nowhere', async () => {
    for (const {json_schema: schema} of await discover()) {
      expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
      for (const {node} of nodes(schema)) {
        expect(node['additionalProperties'] ?? true).not.toBe(false);
        for (const keyword of ['$ref', 'allOf', 'not']) expect(node).not.toHaveProperty(keyword);
      }
    }
  });
});

describe('the packages of the CDK', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };

  test('that it imports without declaring are declared, each at one version', () => {
    for (const name of ['commander', 'lodash', 'faros-js-client', 'faros-airbyte-cdk']) {
      expect(manifest.dependencies[name]).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  test('are all in the bundle: the source runs in a folder without any package', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bare-'));
    mkdirSync(join(folder, 'dist'));
    copyFileSync(join(root, 'dist', 'source-chatgpt-enterprise.js'), join(folder, 'dist', 'source.js'));
    copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
    const args = [join(folder, 'dist', 'source.js'), 'spec'];
    const result = await runConnector({command: [process.execPath], args});
    rmSync(folder, {recursive: true});
    expect(result).toMatchObject({exitCode: 0, stderr: ''});
    expect(result.messages).toMatchObject([{type: 'SPEC'}]);
  });

  test('and what is open about its licence are named in NOTICE', () => {
    expect(readFileSync(join(root, 'NOTICE'), 'utf8')).toContain(
      `faros-airbyte-cdk (${manifest.dependencies['faros-airbyte-cdk']!})`
    );
  });
});
