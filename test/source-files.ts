// The TypeScript files of the product and what each imports, for tests about the code itself.
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, posix} from 'node:path';
import ts from 'typescript';

export const root = join(__dirname, '..');

export const rooms = [
  'airbyte',
  'contract',
  'core',
  'destination-arctera-archive',
  'simulator',
  'source-chatgpt-enterprise',
] as const;

export interface Import {
  /** A path from the root without its ending for a file of ours, else the module's name. */
  readonly to: string;
  readonly isOurs: boolean;
  /** Types vanish at run time, so they may cross where code may not. */
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** Paths from the root of every TypeScript file in the folders; a folder that is not there has none. */
function listTypeScript(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => {
    try {
      return readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
        .filter((name) => name.endsWith('.ts'))
        .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
        .sort();
    } catch {
      return [];
    }
  });
}

export function readSourceFiles(folders: readonly string[]): readonly SourceFile[] {
  return listTypeScript(folders).map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return {path, text, imports: parseImports(path, text)};
  });
}

export function parseImports(path: string, text: string): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier))
      found.push(resolve(path, specifier.text, isTypeOnly));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, importsTypesOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && loadsModule(node.expression)) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

function importsTypesOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return (
    clause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly)
  );
}

function loadsModule(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');
}

function resolve(from: string, specifier: string, isTypeOnly: boolean): Import {
  if (!specifier.startsWith('.')) return {to: specifier, isOurs: false, isTypeOnly};
  return {to: posix.join(dirname(from), specifier).replace(/\.(ts|js)$/, ''), isOurs: true, isTypeOnly};
}
