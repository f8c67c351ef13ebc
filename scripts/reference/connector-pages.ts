// The generated sections of the connectors' pages in docs/integrations/, and the example configurations they show.
import {toDraft07} from '../../airbyte/json-schema';
import type {StreamDefinition} from '../../contract/row';
import {published as destination} from '../../destination-arctera-archive/published';
import {published as source} from '../../source-chatgpt-enterprise/published';
import {exampleOf, optionOf} from './examples';
import {table} from './markdown';
import {settingsTables} from './settings';

const sourceSchema = toDraft07(source.configSchema, 'input');
const destinationSchema = toDraft07(destination.configSchema, 'input');

/** Certificates and addresses of tests are no example that could be used. */
const notShown = ['ca_certificate', 'api_base_url'];

/** By file name in spec/examples. */
export const exampleConfigs: Readonly<Record<string, object>> = {
  'source-chatgpt-enterprise.json': exampleOf(sourceSchema),
  'source-chatgpt-enterprise.every-field.json': exampleOf(sourceSchema, (name) => !notShown.includes(name)),
  'destination-arctera-archive.folder.json': {target: targetExample('folder')},
  'destination-arctera-archive.smtp.json': {
    target: targetExample('smtp', 'username', 'password'),
    ledger: exampleOf(optionOf(destinationSchema, 'ledger', 'sqlite')),
  },
  'destination-arctera-archive.s3.json': {
    target: targetExample('s3', 'prefix'),
    ledger: exampleOf(optionOf(destinationSchema, 'ledger', 'sqlite')),
  },
};

function targetExample(type: string, ...fields: readonly string[]): object {
  return exampleOf(optionOf(destinationSchema, 'target', type), (name) => fields.includes(name));
}

export function sourceSections(streams: readonly StreamDefinition[]): Readonly<Record<string, string>> {
  const rows = streams.map(({name, description, primaryKey, cursorField}) => [
    `[\`${name}\`](../../reference/streams.md#${name})`,
    description,
    primaryKey.map((field) => `\`${field}\``).join(', '),
    `\`${cursorField}\``,
  ]);
  return {
    streams: table(['Stream', 'One record is', 'Primary key', 'Cursor'], rows),
    settings: settingsTables(sourceSchema),
    ...exampleSections('source-chatgpt-enterprise'),
  };
}

export function destinationSections(): Readonly<Record<string, string>> {
  return {settings: settingsTables(destinationSchema), ...exampleSections('destination-arctera-archive')};
}

function exampleSections(connector: string): Readonly<Record<string, string>> {
  const examples = Object.entries(exampleConfigs)
    .filter(([name]) => name.startsWith(connector))
    .map(([name, config]) => `\`${name}\`\n\n\`\`\`json\n${JSON.stringify(config, null, 2)}\n\`\`\``);
  return {examples: examples.join('\n\n')};
}
