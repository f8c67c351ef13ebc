// What lies between the connectors while an archive stands still: the platform bounds it by messages, so messages must be small.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {expect, test} from '@jest/globals';
import {chunkBytes} from '../../contract/files';
import {startSimulator} from '../../simulator/server';
import {readArchive} from '../end-to-end/archive-reader';
import {compareWithTruth} from '../end-to-end/union';
import {canary} from '../support/canary';
import {isComplete, runSync} from '../support/platform/sync';

/** Of the platform: one queue on each side of its filter, in a JVM of 2 GiB. */
const queuedMessages = 2 * 1000;

test('uploads that wait for an archive stay small enough for the queues of the platform', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'queue-'));
  const simulator = await startSimulator({
    apiKey: canary.key,
    seed: 'queue',
    events: 200,
    days: 1,
    files: 0,
    bulkFiles: 20,
    bulkFileBytes: 2_000_000,
  });
  const {workspaceId, apiKey, baseUrl} = simulator;
  const archive = join(folder, 'archive');
  let largestLine = 0;
  try {
    const result = await runSync({
      workFolder: join(folder, 'work'),
      source: {
        executable: resolve('bin/source-chatgpt-enterprise'),
        config: {workspace_id: workspaceId, api_key: apiKey, api_base_url: baseUrl, requests_per_minute: 1_000_000},
      },
      destination: {
        executable: resolve('bin/destination-arctera-archive'),
        config: {target: {type: 'folder', path: archive}},
      },
      streams: ['messages', 'files', 'file_chunks', 'capture_runs'],
      onLine: (from, channel, line) => {
        if (from === 'source' && channel === 'stdout') largestLine = Math.max(largestLine, Buffer.byteLength(line));
      },
      onStarted: ({source, destination}) => {
        destination.kill('SIGSTOP');
        void source.ended.then(() => destination.kill('SIGCONT'));
      },
    });
    expect(result.findings).toEqual([]);
    expect(isComplete(result)).toBe(true);
    expect(result.queuePeakBytes).toBeGreaterThan(40_000_000); // all uploads lay there
    expect(largestLine).toBeGreaterThan(chunkBytes);
    expect(largestLine * queuedMessages).toBeLessThan(1024 ** 3);
    expect(compareWithTruth({...simulator.truth(), ownedFiles: []}, await readArchive(archive))).toMatchObject({
      missingEvents: [],
      missingFiles: [],
    });
  } finally {
    await simulator.close();
    rmSync(folder, {recursive: true, force: true});
  }
});
