// What a registry of connectors and its reviewers read: metadata, icon, documentation page and example configurations.
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, describe, expect, test} from '@jest/globals';
import Ajv from 'ajv';
import {parse} from 'yaml';
import {configSchema as destinationConfig} from '../destination-arctera-archive/config';
import {startSimulator} from '../simulator/server';
import {configSchema as sourceConfig} from '../source-chatgpt-enterprise/config';
import {runConnector, RunFolder} from './airbyte/connector-run';
import {root} from './source-files';

const connectors = [
  ['source-chatgpt-enterprise', 'docs/integrations/sources/chatgpt-enterprise.md', sourceConfig],
  ['destination-arctera-archive', 'docs/integrations/destinations/arctera-archive.md', destinationConfig],
] as const;

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const {version} = JSON.parse(read('package.json')) as {version: string};
const examples = readdirSync(join(root, 'spec/examples'));

test('the images take the version of the package', () => {
  const versions = [...read('Dockerfile').matchAll(/^ARG VERSION=(.+)$/gm)].map(([, found]) => found);
  expect(versions).toEqual([version, version]);
  expect(read('README.md')).toContain(`source-chatgpt-enterprise:${version}`);
});

describe.each(connectors)('%s', (connector, page, schema) => {
  const {data} = parse(read(`${connector}/metadata.yaml`)) as {
    data: {dockerRepository: string; dockerImageTag: string; documentationUrl: string; icon: string; name: string};
  };

  test('has metadata that agree with image and page', () => {
    expect(data).toMatchObject({dockerRepository: connector, dockerImageTag: version});
    expect(new URL(data.documentationUrl).pathname).toBe(`/${page.replace(/^docs\/|\.md$/g, '')}`);
    expect(read(page).split('\n')[0]).toBe(`# ${data.name}`);
  });

  test('has a square icon that loads nothing', () => {
    const icon = read(`${connector}/${data.icon}`);
    const [, width, height, box] = /^<svg [^>]*width="(\d+)" height="(\d+)" viewBox="([\d ]+)"/.exec(icon)!;
    expect(height).toBe(width);
    expect(box).toBe(`0 0 ${width} ${height}`);
    expect(icon.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|href|<script|<image|<style/);
  });

  test('has a page with the headings that reviewers ask for, in their order', () => {
    const headings = read(page).match(/^## .+$/gm);
    expect(headings).toEqual([
      '## Prerequisites',
      '## Setup guide',
      '## Supported sync modes',
      '## Supported streams',
      '## Limitations & troubleshooting',
      '## Changelog',
    ]);
    expect(read(page)).toMatch(/^### Limitations\n[^]*^### Troubleshooting\n/m);
  });

  test('has a row for this version in the changelog', () => {
    expect(read(page).split('## Changelog')[1]).toContain(`| ${version} | `);
  });

  test('has links that lead somewhere', () => {
    const links = [...read(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  const own = examples.filter((name) => name.startsWith(`${connector}.`));

  test.each(own)('the example %s is valid, for the published form and for the connector', (name) => {
    const example = JSON.parse(read(`spec/examples/${name}`)) as object;
    const {connectionSpecification} = JSON.parse(read(`spec/${connector}.json`)) as {connectionSpecification: object};
    const ajv = new Ajv({schemaId: 'auto', unknownFormats: 'ignore'});
    expect(ajv.validate(connectionSpecification, example) ? [] : ajv.errors).toEqual([]);
    expect(schema.safeParse(example).error?.issues ?? []).toEqual([]);
  });
});

test.each(examples.filter((name) => name.startsWith('source-')))(
  'the example %s passes the check once workspace, key and address are real',
  async (name) => {
    const simulator = await startSimulator({seed: 'examples', events: 5});
    cleanUps.push(() => simulator.close());
    const {workspaceId: workspace_id, apiKey: api_key, baseUrl: api_base_url} = simulator;
    expect(await check('source-chatgpt-enterprise', name, {workspace_id, api_key, api_base_url})).toBe('SUCCEEDED');
  }
);

test('the example of a folder passes the check once its path is a real one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'example-'));
  cleanUps.push(() => rmSync(folder, {recursive: true}));
  const target = {type: 'folder', path: join(folder, 'archive')};
  expect(await check('destination-arctera-archive', 'destination-arctera-archive.folder.json', {target})).toBe(
    'SUCCEEDED'
  );
});

async function check(connector: string, example: string, reality: object): Promise<unknown> {
  const folder = new RunFolder();
  cleanUps.push(() => folder.remove());
  const config = {...(JSON.parse(read(`spec/examples/${example}`)) as object), ...reality};
  const args = ['check', '--config', folder.file('config.json', config)];
  const {messages} = await runConnector({command: [join(root, 'bin', connector)], args});
  const status = messages.find(({type}) => type === 'CONNECTION_STATUS')?.['connectionStatus'];
  return (status as {status: string}).status;
}
