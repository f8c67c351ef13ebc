// The Terraform files: they parse, are formatted as Terraform does, and use what the provider documents.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, jest, test} from '@jest/globals';
import {streamDefinitions} from '../../contract/index';
import {root} from '../source-files';

/** Not imported: its types would bring those of a browser into every file. */
const {parse} = jest.requireActual<{parse: (name: string, text: string) => Promise<object>}>('@cdktf/hcl2json');

const folder = join(root, 'deploy/terraform');
const files = readdirSync(folder).filter((name) => name.endsWith('.tf'));

type Block = Readonly<Record<string, unknown>>;
type Labelled = Readonly<Record<string, readonly Block[]>>;

interface Module {
  readonly terraform?: readonly Block[];
  readonly provider?: Readonly<Record<string, readonly Block[]>>;
  readonly variable?: Labelled;
  readonly output?: Labelled;
  readonly resource?: Readonly<Record<string, Labelled>>;
}

/** Arguments of each resource by the documentation of provider 1.3.0: those it needs, and those it takes. */
const documented: Readonly<Record<string, readonly [required: readonly string[], optional: readonly string[]]>> = {
  airbyte_source_definition: [['workspace_id', 'name', 'docker_repository', 'docker_image_tag'], ['documentation_url']],
  airbyte_destination_definition: [
    ['workspace_id', 'name', 'docker_repository', 'docker_image_tag'],
    ['documentation_url'],
  ],
  airbyte_source: [
    ['workspace_id', 'name', 'configuration'],
    ['definition_id', 'secret_id', 'resource_allocation'],
  ],
  airbyte_destination: [
    ['workspace_id', 'name', 'configuration'],
    ['definition_id', 'resource_allocation'],
  ],
  airbyte_connection: [
    ['source_id', 'destination_id'],
    [
      ...['name', 'configurations', 'schedule', 'status', 'prefix', 'tags', 'data_residency'],
      ...['namespace_definition', 'namespace_format', 'non_breaking_schema_updates_behavior'],
    ],
  ],
};

async function readModule(): Promise<Module> {
  const parts = await Promise.all(
    files.map(async (name) => (await parse(name, readFileSync(join(folder, name), 'utf8'))) as Module)
  );
  return Object.assign({}, ...parts) as Module;
}

describe('deploy/terraform', () => {
  test('has resources that the provider documents, with the arguments it documents', async () => {
    const {resource = {}} = await readModule();
    expect(Object.keys(resource).sort()).toEqual(Object.keys(documented).sort());
    for (const [type, instances] of Object.entries(resource)) {
      const [required, optional] = documented[type]!;
      for (const [block] of Object.values(instances)) {
        const given = Object.keys(block!);
        expect(given).toEqual(expect.arrayContaining([...required]));
        expect(given.filter((name) => !required.includes(name) && !optional.includes(name))).toEqual([]);
      }
    }
  });

  test('refers to variables and resources that are there, and has no variable that nothing uses', async () => {
    const {variable = {}, resource = {}} = await readModule();
    const all = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
    const used = new Set([...all.matchAll(/\bvar\.([a-z_]+)/g)].map(([, name]) => name!));
    expect([...used].sort()).toEqual(Object.keys(variable).sort());
    for (const [, type, name] of all.matchAll(/\b(airbyte_[a-z_]+)\.([a-z]+)\.[a-z_]+/g)) {
      expect(Object.keys(resource[type!] ?? {})).toContain(name);
    }
  });

  test('describes every variable and output, and hides the secret ones', async () => {
    const {variable = {}, output = {}} = await readModule();
    for (const [block] of [...Object.values(variable), ...Object.values(output)]) {
      expect(block).toMatchObject({description: expect.stringMatching(/\.$/) as unknown});
    }
    const secrets = Object.entries(variable).filter(([name]) =>
      /secret|key|client_id|destination_configuration/.test(name)
    );
    expect(secrets).toHaveLength(4);
    for (const [, [block]] of secrets) expect(block).toMatchObject({sensitive: true});
  });

  test('gives settings as what they are: in a map all would become texts, which the connectors refuse for numbers', async () => {
    const {variable = {}} = await readModule();
    for (const name of ['source_settings', 'destination_configuration']) {
      expect(variable[name]?.[0]).toMatchObject({type: '${any}'});
    }
  });

  test('captures every stream', async () => {
    const {variable = {}} = await readModule();
    expect(variable['streams']?.[0]?.['default']).toEqual(streamDefinitions.map(({name}) => name));
  });

  test('pins the provider, and asks for a cron schedule', async () => {
    const {terraform = [], resource = {}} = await readModule();
    expect(terraform[0]).toMatchObject({
      required_providers: [
        {airbyte: {source: 'airbytehq/airbyte', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown}},
      ],
    });
    expect(resource['airbyte_connection']?.['archive']?.[0]).toMatchObject({
      schedule: {schedule_type: 'cron', cron_expression: '${var.cron}'},
    });
  });

  test('is said to be not applied', () => {
    expect(readFileSync(join(root, 'deploy/README.md'), 'utf8')).toContain('**Not applied:**');
  });
});
