// Writes the files that derive from our definitions, or with --check names those that are stale.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {toDraft07} from '../airbyte/json-schema';
import {streamDefinitions} from '../contract/index';
import {ArcteraArchiveDestination} from '../destination-arctera-archive/destination';
import {ChatGptEnterpriseSource} from '../source-chatgpt-enterprise/source';
import {destinationSections, exampleConfigs, sourceSections} from './reference/connector-pages';
import {errorReference} from './reference/errors';
import {fillSections} from './reference/marked-sections';
import {streamReference} from './reference/streams';

interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly content: () => string | Promise<string>;
}

const root = join(__dirname, '..');

const generatedFiles: readonly GeneratedFile[] = [
  {path: 'docs/reference/errors.md', content: errorReference},
  {path: 'docs/reference/streams.md', content: () => streamReference(streamDefinitions)},
  {
    path: 'spec/source-chatgpt-enterprise.json',
    content: async () => toJsonText((await new ChatGptEnterpriseSource().spec()).spec),
  },
  {
    path: 'spec/destination-arctera-archive.json',
    content: async () => toJsonText((await new ArcteraArchiveDestination().spec()).spec),
  },
  page('docs/integrations/sources/chatgpt-enterprise.md', () => sourceSections(streamDefinitions)),
  page('docs/integrations/destinations/arctera-archive.md', destinationSections),
  ...Object.entries(exampleConfigs).map(([name, config]) => ({
    path: `spec/examples/${name}`,
    content: () => toJsonText(config),
  })),
  ...streamDefinitions.map(({name, row}) => ({
    path: `spec/streams/${name}.json`,
    content: () => toJsonText(toDraft07(row, 'output')),
  })),
];

/** Folders that hold generated files only: what nothing generates any more is stale there. */
const generatedFolders = ['spec/streams', 'spec/examples'];

/** A page that people write, with sections that are generated. */
function page(path: string, sections: () => Readonly<Record<string, string>>): GeneratedFile {
  return {path, content: () => fillSections(readFileSync(join(root, path), 'utf8'), sections())};
}

function toJsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function abandonedFiles(): readonly string[] {
  const known = new Set(generatedFiles.map(({path}) => path));
  return generatedFolders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
    .filter((path) => !known.has(path));
}

async function check(): Promise<void> {
  const stale: string[] = [];
  for (const {path, content} of generatedFiles) {
    if (readIfThere(join(root, path)) !== (await content())) stale.push(path);
  }
  stale.push(...abandonedFiles());
  if (stale.length === 0) return;
  console.error(`Stale generated files:\n${stale.map((path) => `  ${path}`).join('\n')}\nRun: npm run generate`);
  process.exitCode = 1;
}

async function write(): Promise<void> {
  for (const {path, content} of generatedFiles) {
    mkdirSync(dirname(join(root, path)), {recursive: true});
    writeFileSync(join(root, path), await content());
  }
  for (const path of abandonedFiles()) rmSync(join(root, path));
}

void (process.argv.includes('--check') ? check() : write());
