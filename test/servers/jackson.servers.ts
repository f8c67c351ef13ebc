// The platform parses and writes every message anew on its way: what the archive holds is the same, byte for byte.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {itemPaths, readArchive} from '../end-to-end/archive-reader';
import {compareWithTruth, noDifference} from '../end-to-end/union';
import {Workbench} from '../end-to-end/workbench';
import {jacksonFilter} from '../support/platform/jackson-filter';
import type {LineFilter} from '../support/platform/line-filter';
import {isComplete} from '../support/platform/sync';

const nowMs = Date.UTC(2026, 10, 20, 12);
const actor = '"actor":{"type":"ACCOUNT_USER","user_id":"user-ada","user_email":"ada@acme.test"}';
const message = (text: string): string =>
  `"message":{"id":"m","author":{"type":"user"},"content":{"type":"text","value":${text}}}`;

/** What a JSON library changes when it may: numbers, repeated keys, escapes, lone surrogates, space. */
const delicate = [
  `"n":1.10,"big":1e400,"zero":-0,"id":12345678901234567890,"e":1E5,${message('"numbers"')}`,
  `"twice":1,"twice":2,${message('"repeated keys"')}`,
  `"lone":"\\ud800","other":"\\udfff",${message('"\\ud83d and \\u0000 and \\u2028 and \u2028"')}`,
  `"slash":"\\/","a" :  1 , "unicode":"\\u00e9 é 😀 \\ud83d\\ude00",${message('"escapes and space"')}`,
  `"deep":${'['.repeat(200)}${']'.repeat(200)},${message('"depth"')}`,
].map(
  (rest, index) =>
    `{"event_id":"delicate-${index}","type":"CONVERSATION_MESSAGE","timestamp":"2026-11-20T10:00:0${index}.000000Z",` +
    `"conversation":{"id":"delicate"},${actor},${rest}}`
);

/** Kinds of items that are made of records alone; the others tell when something was captured. */
const kinds = ['messages', 'log', 'tombstone'];

async function archiveOf(filter: LineFilter | undefined): Promise<ReadonlyMap<string, string>> {
  const bench = await Workbench.open({seed: 'jackson', nowMs, presentMs: nowMs, events: 400, files: 12, days: 3});
  try {
    bench.simulator.plantLog({lines: delicate, endMicros: Date.UTC(2026, 10, 20, 10, 10) * 1000});
    const result = await bench.sync(filter === undefined ? {} : {filter});
    expect(isComplete(result)).toBe(true);
    const items = await readArchive(bench.archive);
    expect(compareWithTruth(bench.simulator.truth(), items)).toEqual(noDifference);
    expect(items.flatMap(({originals}) => originals)).toEqual(expect.arrayContaining(delicate));
    expect(bench.verify()).toBe(0);
    const alike = new Set(items.filter(({kind}) => kinds.includes(kind)).map(({path}) => path));
    return new Map(
      itemPaths(bench.archive)
        .filter((path) => alike.has(path))
        .map((path) => [path, sha256Hex(readFileSync(join(bench.archive, path)))])
    );
  } finally {
    await bench.close();
  }
}

test('items are the same, byte for byte, whether every line went through Jackson or none', async () => {
  const straight = await archiveOf(undefined);
  const filter = jacksonFilter();
  const rewritten = await archiveOf(filter);
  expect(await filter.ended()).toBe(0);
  expect(straight.size).toBeGreaterThan(20);
  expect(rewritten).toEqual(straight);
}, 1_200_000);
