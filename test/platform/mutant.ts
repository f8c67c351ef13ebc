// Builds both connectors with one line of their code changed, in a folder that looks like the project's own.
import {copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from 'esbuild';
import {root} from '../source-files';
import type {Executables} from './scenarios';

export interface Mutation {
  /** From the root of the project. */
  readonly file: string;
  /** Occurs once in the file. */
  readonly from: string;
  readonly to: string;
}

const connectors = ['source-chatgpt-enterprise', 'destination-arctera-archive'];

export interface Mutant {
  readonly executables: Executables;
  remove(): void;
}

/** Throws when the mutation no longer fits the code. */
export async function buildMutant({file, from, to}: Mutation): Promise<Mutant> {
  const path = join(root, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold ${JSON.stringify(from)} once.`);
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const each of ['bin', 'dist']) cpSync(join(root, each), join(folder, each), {recursive: true}); // threads have bundles of their own
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(connectors.map((name) => [name, `${name}/main.ts`])),
    outdir: join(folder, 'dist'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
    external: ['better-sqlite3'],
    plugins: [
      {
        name: 'mutation',
        setup: (bundle) => {
          bundle.onLoad({filter: /\.ts$/}, (args) =>
            args.path === path ? {contents: text.replace(from, () => to), loader: 'ts'} : undefined
          );
        },
      },
    ],
  });
  const [source = '', destination = ''] = connectors.map((name) => join(folder, 'bin', name));
  return {executables: {source, destination}, remove: () => rmSync(folder, {recursive: true, force: true})};
}
