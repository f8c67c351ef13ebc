// Holds the direction of imports that docs/architecture.md describes, as a table.
import {describe, expect, test} from '@jest/globals';
import {type Import, parseImports, readSourceFiles, rooms, type SourceFile} from './source-files';

const source = 'source-chatgpt-enterprise';
const destination = 'destination-arctera-archive';
const base = ['contract', 'airbyte', 'core'];

/** Each room with the rooms its code may import besides itself. The first row whose room contains a file holds for it. */
const direction: readonly (readonly [room: string, mayImport: readonly string[]])[] = [
  ['core', []],
  ['contract', ['core']],
  ['airbyte', ['contract', 'core']],
  ['simulator', ['contract', 'core']],

  [`${source}/config`, base],
  [`${source}/events`, base],
  [`${source}/api`, [`${source}/config`, `${source}/events`, ...base]],
  [`${source}/normalize`, [`${source}/config`, ...base]],
  [`${source}/cursor`, [`${source}/config`, ...base]],
  [`${source}/streams`, ['config', 'events', 'api', 'normalize', 'cursor'].map((r) => `${source}/${r}`).concat(base)],
  [`${source}/check`, ['config', 'events', 'api'].map((room) => `${source}/${room}`).concat(base)],
  [source, [source, ...base]],

  [`${destination}/policy/policy-config`, base],
  [
    `${destination}/config`,
    ['policy/policy-config', 'targets/target-config', 'targets/shared-places', 'evidence-config']
      .map((room) => `${destination}/${room}`)
      .concat(base),
  ],
  [`${destination}/events`, base],
  [`${destination}/policy`, ['config', 'policy/policy-config'].map((room) => `${destination}/${room}`).concat(base)],
  [`${destination}/render`, [`${destination}/config`, ...base]],
  [`${destination}/targets/target-config`, [`${destination}/targets`, ...base]],
  [
    `${destination}/targets`,
    [`${destination}/config`, `${destination}/targets/target-config`, `${destination}/events`, ...base],
  ],
  [`${destination}/ledger`, [`${destination}/config`, `${destination}/events`, ...base]],
  [`${destination}/evidence-config`, base],
  [`${destination}/report`, ['config', 'events', 'ledger'].map((room) => `${destination}/${room}`).concat(base)],
  [
    `${destination}/pipeline`,
    ['config', 'events', 'policy', 'render', 'targets', 'ledger', 'report']
      .map((room) => `${destination}/${room}`)
      .concat(base),
  ],
  [
    `${destination}/check`,
    ['config', 'events', 'policy', 'targets', 'ledger'].map((room) => `${destination}/${room}`).concat(base),
  ],
  [
    `${destination}/verbs`,
    [
      ...['config', 'events', 'check', 'conclusion', 'published', 'alarm', 'opening'],
      ...['policy', 'render', 'targets', 'ledger', 'report', 'pipeline'],
    ]
      .map((room) => `${destination}/${room}`)
      .concat(base),
  ],
  [destination, [destination, ...base]],
];

/** Rooms side by side that may name each other's types, though not call each other's code. */
const sharedTypes: readonly (readonly [owner: string, users: readonly string[]])[] = [
  [`${source}/api`, [`${source}/normalize`, `${source}/cursor`]],
  [`${source}/cursor`, [`${source}/normalize`, `${source}/events`]],
  [`${destination}/render`, ['policy', 'targets', 'ledger', 'report'].map((room) => `${destination}/${room}`)],
  [`${destination}/targets`, ['render', 'ledger', 'report'].map((room) => `${destination}/${room}`)],
  [`${destination}/ledger`, ['policy', 'render', 'targets', 'events'].map((room) => `${destination}/${room}`)],
  [`${destination}/report`, [`${destination}/events`]],
  [`${destination}/policy`, ['render', 'ledger', 'report'].map((room) => `${destination}/${room}`)],
];

const cdk = /^faros-/;
const network = /^(node:)?(http|https|http2|net|tls|dns|dgram)(\/|$)/;
const disk = /^(node:)?fs(\/|$)/;
const httpClients = /^(openai|axios)(\/|$)/;
const database = /^(better-sqlite3|pg|node:sqlite)$/;

/** Modules that only some places may import. A place is a room, or the beginning of a file's path. */
const restricted: readonly {name: string; module: RegExp; within: readonly string[]; only: readonly string[]}[] = [
  {name: 'the CDK', module: cdk, within: [...rooms], only: ['airbyte']},
  {name: 'HTTP clients', module: httpClients, within: [...rooms], only: [`${source}/api`, `${destination}/targets`]},
  {name: 'the network', module: network, within: [source], only: [`${source}/api`]},
  {name: 'the network', module: network, within: [destination], only: [`${destination}/targets`]},
  // It names certificates, and opens nothing.
  {name: 'the network', module: network, within: ['core', 'contract', 'airbyte'], only: ['core/trusted-certificates']},
  {name: 'the disk', module: disk, within: ['core', 'contract', source], only: []},
  {
    name: 'the disk',
    module: disk,
    within: [destination],
    only: ['targets', 'ledger', 'report', 'spool', 'pipeline/compose', 'pipeline/spool'].map(
      (place) => `${destination}/${place}`
    ),
  },
  {name: 'a database', module: database, within: [...rooms], only: [`${destination}/ledger`]},
];

/** Whether the path is the room, lies in it, or is the file of that name. */
function isIn(path: string, room: string): boolean {
  return path === room || path.startsWith(`${room}/`) || path === `${room}.ts`;
}

/** As `isIn`; a place may also be the beginning of a file name, as `pipeline/spool` of `pipeline/spool-file.ts`. */
function isAt(path: string, place: string): boolean {
  return isIn(path, place) || path.startsWith(`${place}-`);
}

function findDirectionProblems({path, imports}: SourceFile): readonly string[] {
  const row = direction.find(([room]) => isIn(path, room));
  if (row === undefined) return [`${path} is in no room of the table`];
  const [room, mayImport] = row;
  const isAllowed = ({to, isTypeOnly}: Import): boolean => {
    const exact = direction.find(([other]) => isIn(to, other))?.[0];
    if (exact === room) return true;
    if (mayImport.some((other) => isIn(to, other))) return true;
    return (
      isTypeOnly && sharedTypes.some(([owner, users]) => isIn(to, owner) && users.some((user) => isIn(path, user)))
    );
  };
  return imports
    .filter((one) => one.isOurs && !isAllowed(one))
    .map(({to}) => `${path} imports ${to}, which ${room} may not`);
}

function findRestrictedImports({path, imports}: SourceFile): readonly string[] {
  return restricted
    .filter(({within, only}) => within.some((room) => isIn(path, room)) && !only.some((place) => isAt(path, place)))
    .flatMap(({name, module}) =>
      imports
        .filter(({to, isOurs}) => !isOurs && module.test(to))
        .map(({to}) => `${path} imports ${to}: ${name} is not for it`)
    );
}

/** Each circle of files that import each other, as its path. */
function findCycles(files: readonly SourceFile[]): readonly string[] {
  const graph = new Map(
    files.map(({path, imports}) => [path.replace(/\.ts$/, ''), imports.filter(({isOurs}) => isOurs)])
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start !== -1) cycles.push([...trail.slice(start), file].join(' -> '));
    if (start !== -1 || done.has(file)) return;
    for (const {to} of graph.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

/** A file that does not exist, to show that a rule bites. */
function invent(path: string, ...lines: readonly string[]): SourceFile {
  const text = lines.join('\n');
  return {path, text, imports: parseImports(path, text)};
}

describe('the code', () => {
  const files = readSourceFiles(rooms);

  test('is found by this test', () => {
    expect(files.length).toBeGreaterThan(10);
  });

  test('imports only in the direction of the table', () => {
    expect(files.flatMap(findDirectionProblems)).toEqual([]);
  });

  test('reaches the CDK, the network, the disk and databases only from their rooms', () => {
    expect(files.flatMap(findRestrictedImports)).toEqual([]);
  });

  test('has no circular imports', () => {
    expect(findCycles(files)).toEqual([]);
  });
});

describe('the rules', () => {
  test.each([
    ['core/a.ts', '../contract/index'],
    ['contract/a.ts', '../airbyte/log'],
    ['airbyte/a.ts', `../${source}/config`],
    ['simulator/a.ts', '../airbyte/log'],
    [`${source}/streams/a.ts`, `../../${destination}/config`],
    [`${source}/streams/a.ts`, '../source'],
    [`${source}/normalize/a.ts`, '../api/client'],
    [`${destination}/render/a.ts`, '../targets/target'],
    [`${destination}/ledger/a.ts`, '../pipeline/pipeline'],
  ])('forbid %s to import %s', (path, specifier) => {
    expect(findDirectionProblems(invent(path, `import {a} from '${specifier}';`))).toHaveLength(1);
  });

  test('let a room name the types of a room beside it', () => {
    const file = invent(`${destination}/ledger/a.ts`, "import type {ItemAddress} from '../targets/target';");
    expect(findDirectionProblems(file)).toEqual([]);
  });

  test.each([
    [`${source}/source.ts`, "import type {AirbyteSource} from 'faros-airbyte-cdk';"],
    [`${source}/streams/a.ts`, "import axios from 'axios';"],
    [`${source}/normalize/a.ts`, "const {get} = await import('node:https');"],
    [`${destination}/render/a.ts`, "import {readFileSync} from 'node:fs';"],
    [`${destination}/policy/a.ts`, "import {readFile} from 'fs/promises';"],
    [`${destination}/pipeline/pipeline.ts`, "export {readFile} from 'node:fs/promises';"],
    ['core/a.ts', "const net = require('node:net');"],
  ])('forbid in %s: %s', (path, line) => {
    expect(findRestrictedImports(invent(path, line))).toHaveLength(1);
  });

  test('find a circle', () => {
    const cycles = findCycles([
      invent('core/a.ts', "import {b} from './b';"),
      invent('core/b.ts', "import {c} from './c';"),
      invent('core/c.ts', "import {a} from './a';"),
    ]);
    expect(cycles).toEqual(['core/a -> core/b -> core/c -> core/a']);
  });
});
