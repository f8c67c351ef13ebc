// A whole workspace through both executables: everything is in the archive exactly once, and a second sync adds the rest.
import {afterEach, expect, test} from '@jest/globals';
import {runPython} from '../run-python';
import {itemPaths, readArchive, readReports} from './archive-reader';
import {compareWithTruth, noDifference} from './union';
import {Workbench} from './workbench';

let bench: Workbench | undefined;
afterEach(() => bench?.close());

test('20,000 events and 500 files arrive exactly once, unaltered, and a second sync adds only what is new', async () => {
  bench = await Workbench.open({seed: 'whole', events: 20_000, files: 500, days: 5});
  const first = await bench.sync();
  expect([first.sourceEnd, first.destinationEnd]).toEqual([
    {code: 0, signal: null},
    {code: 0, signal: null},
  ]);
  const truth = bench.simulator.truth();
  expect(truth.events.filter((event) => event.eventType === 'CONVERSATION_MESSAGE').length).toBeGreaterThanOrEqual(
    20_000
  );
  expect(truth.files.filter((file) => file.outcome === 'captured').length).toBeGreaterThanOrEqual(500);
  expect(compareWithTruth(truth, await readArchive(bench.archive))).toEqual(noDifference);
  expect(bench.verify()).toBe(0);

  const before = new Set(itemPaths(bench.archive));
  bench.simulator.produce(120);
  const second = await bench.sync();
  expect(second.destinationEnd.code).toBe(0);
  expect(second.records).toBeLessThan(1000);
  const items = await readArchive(bench.archive);
  expect(compareWithTruth(bench.simulator.truth(), items)).toEqual(noDifference);
  expect(items.filter((item) => !before.has(item.path)).length).toBeGreaterThan(0);
  expect(items.filter((item) => before.has(item.path))).toHaveLength(before.size);
  const reports = readReports(bench.archive, bench.simulator.workspaceId);
  expect(reports.map(({reconciled}) => reconciled)).toEqual([true, true]);
  expect(defectsByPython(bench.archive)).toBe('');
}, 1_200_000);

/** Paths of items in which Python's e-mail parser finds a defect, one a line. */
function defectsByPython(folder: string): string {
  const program = `
import email, email.policy, pathlib, sys
for path in pathlib.Path(sys.argv[1]).rglob('*.eml'):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = list(message.walk())
    for part in parts:
        if not part.is_multipart(): part.get_payload(decode=True)
    defects = [d for p in parts for d in p.defects] + [d for v in message.values() for d in v.defects]
    if defects or not any(p.get_filename() == 'events.jsonl' for p in parts): print(path, defects)
`;
  return runPython(program, folder);
}
