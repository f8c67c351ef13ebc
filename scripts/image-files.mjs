// Lays out in image/ what the image of each connector holds, with a bill of materials and the licences of what is in it.
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

/** Each connector with the packages that lie beside its bundle, and what of them is needed. */
const connectors = {
  'source-chatgpt-enterprise': {},
  'destination-arctera-archive': {
    'better-sqlite3': ['package.json', 'lib', 'build/Release/better_sqlite3.node'],
    bindings: ['package.json', 'bindings.js'],
    'file-uri-to-path': ['package.json', 'index.js'],
  },
};

const manifest = readJson('package.json');
const metafile = readJson('dist/meta.json');
// With --omit=dev npm also leaves out packages that development and the product share: what is not bundled goes below.
const wholeBill = JSON.parse(
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
);

rmSync('image', {recursive: true, force: true});
for (const [name, packages] of Object.entries(connectors)) {
  const folder = join('image', name);
  const bundles = bundlesOf(name);
  for (const file of ['LICENSE', 'NOTICE', `bin/${name}`, 'bin/heap-limit.sh', ...bundles]) {
    copy(file, join(folder, file));
  }
  for (const [one, files] of Object.entries(packages)) {
    for (const file of files) copy(join('node_modules', one, file), join(folder, 'node_modules', one, file));
  }
  const {version, license, engines} = manifest;
  write(join(folder, 'package.json'), toJsonText({name, version, license, engines, private: true}));
  const folders = new Map(
    [...bundledPackages(bundles), ...Object.keys(packages).map((one) => join('node_modules', one))].map((path) => {
      const {name: packageName, version: packageVersion} = readJson(join(path, 'package.json'));
      return [`${packageName}@${packageVersion}`, path];
    })
  );
  const bill = toBill(name, folders);
  write(join(folder, 'sbom.cdx.json'), toJsonText(bill));
  write(join(folder, 'THIRD-PARTY-LICENSES'), licencesOf(bill.components, folders));
}

/** What is built of the connector's own files: itself, its specification, its workers. */
function bundlesOf(name) {
  return Object.keys(metafile.outputs).filter((path) => metafile.outputs[path].entryPoint?.startsWith(`${name}/`));
}

/** Folders of the packages that the bundler took a file from. */
function bundledPackages(bundles) {
  return bundles
    .flatMap((bundle) => Object.keys(metafile.outputs[bundle].inputs))
    .map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter((path) => path !== undefined);
}

/** The whole bill less what is not in this image. Without time and serial number: the same code gives the same bill. */
function toBill(name, folders) {
  const components = wholeBill.components.filter((component) => folders.has(component['bom-ref']));
  if (components.length < folders.size) throw new Error('A bundled package is missing in the lock file.');
  const {purl: _, ...self} = {...wholeBill.metadata.component, name, 'bom-ref': `${name}@${manifest.version}`};
  const {timestamp: __, ...metadata} = wholeBill.metadata;
  const {serialNumber: ___, ...bill} = wholeBill;
  return {
    ...bill,
    metadata: {...metadata, component: {...self, type: 'application'}},
    components,
    dependencies: [
      {ref: self['bom-ref'], dependsOn: [...folders.keys()].sort()},
      ...wholeBill.dependencies
        .filter(({ref}) => folders.has(ref))
        .map(({ref, dependsOn}) => ({ref, dependsOn: dependsOn.filter((one) => folders.has(one))})),
    ],
  };
}

function licencesOf(components, folders) {
  return components
    .map((component) => {
      const folder = folders.get(component['bom-ref']);
      const texts = readdirSync(folder)
        .filter((file) => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(file))
        .map((file) => readFileSync(join(folder, file), 'utf8').trim());
      const licences = (component.licenses ?? []).map((one) => one.license?.id ?? one.license?.name ?? one.expression);
      return [`${'='.repeat(80)}\n${component['bom-ref']} (${licences.join(', ')})`, ...texts].join('\n\n');
    })
    .join('\n\n')
    .concat('\n');
}

function copy(from, to) {
  mkdirSync(dirname(to), {recursive: true});
  cpSync(from, to, {recursive: true});
}

function write(path, text) {
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(path, text);
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function toJsonText(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}
