// The platform's JSON library, Jackson, between the connectors: fetched by Maven, run by the JVM.
import {execFileSync} from 'node:child_process';
import {existsSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {root} from '../../source-files';
import {LineFilter} from './line-filter';

const place = join(root, 'test', 'support', 'platform', 'jackson');
const libraries = join(root, 'node_modules', '.cache', 'jackson');

/** Throws where Java or Maven is missing. */
export function jacksonFilter(): LineFilter {
  if (!existsSync(libraries)) {
    const folder = `${libraries}.part`;
    rmSync(folder, {recursive: true, force: true});
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
    execFileSync('mvn', ['--quiet', '--batch-mode', '--file', join(place, 'pom.xml'), ...goal], {stdio: 'pipe'});
    renameSync(folder, libraries);
  }
  return new LineFilter(['java', '-cp', `${libraries}/*`, join(place, 'RewriteLines.java')]);
}
