// Bundles every executable into dist/, where the CDK finds ../package.json beside its own __dirname.
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const entryPoints = Object.fromEntries(
  Object.entries({
    'source-chatgpt-enterprise': 'source-chatgpt-enterprise/main.ts',
    'destination-arctera-archive': 'destination-arctera-archive/main.ts',
    'postgres-worker': 'destination-arctera-archive/postgres-worker-main.ts',
    'source-chatgpt-enterprise-spec': 'source-chatgpt-enterprise/spec-main.ts',
    'destination-arctera-archive-composer': 'destination-arctera-archive/composer-main.ts',
    'destination-arctera-archive-spec': 'destination-arctera-archive/spec-main.ts',
    simulator: 'simulator/main.ts',
    generate: 'scripts/generate.ts',
    demo: 'scripts/demo.ts',
    bench: 'bench/main.ts',
    'bench-deliver-only': 'bench/deliver-only.ts',
    'bench-limits': 'bench/limits.ts',
    'bench-stock-source': 'bench/stock-source.ts',
    samples: 'scripts/samples.ts',
    fuzz: 'scripts/fuzz.ts',
    chaos: 'scripts/chaos.ts',
    probe: 'scripts/probe.ts',
    deploy: 'scripts/deploy.ts',
  }).filter(([, file]) => existsSync(join(root, file)))
);

/**
 * markdown-it as published sets each field of each token through a function that asks for the property first: half of
 * the time of its parsing. `_defineProperty(this, "name", value)` becomes `(this.name = value)`.
 */
const plainFields = {
  name: 'plain-fields',
  setup({onLoad}) {
    onLoad({filter: /[\\/]markdown-it[\\/]dist[\\/]markdown-it\.mjs$/}, ({path}) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(
        /_defineProperty\(\s*this,\s*(?:\/\*(?:(?!\*\/)[^])*\*\/\s*)?"(\w+)",/g,
        '(this.$1 ='
      );
      if (contents === text || contents.includes('_defineProperty(\n') || contents.includes('_defineProperty(this')) {
        throw new Error(`${path} sets its fields in another way than this build expects: look at it again.`);
      }
      return {contents, loader: 'js'};
    });
  },
};

rmSync(join(root, 'dist'), {recursive: true, force: true});
const {metafile} = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  plugins: [plainFields],
  external: ['better-sqlite3'], // a native module finds its binary beside its own package
});
// esbuild leaves letters in patterns as they are, and one letter beyond Latin-1 makes V8 keep a whole bundle in two bytes a character.
for (const name of readdirSync(join(root, 'dist'))) {
  const path = join(root, 'dist', name);
  const text = readFileSync(path, 'utf8');
  // Behind a backslash the escape would mean another letter.
  if (/\\[^\0-\x7f]/.test(text)) throw new Error(`${name} escapes a letter beyond ASCII: look at what it is in.`);
  const ascii = text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (ascii !== text) writeFileSync(path, ascii);
}
// Which packages are in which bundle, for the images' bill of materials.
if (process.argv.includes('--metafile')) writeFileSync(join(root, 'dist', 'meta.json'), JSON.stringify(metafile));
