// Uploaded files: outcomes, routes and bytes are those that the truth tells.
import {afterAll, beforeAll, expect, it} from '@jest/globals';
import {sha256Hex} from '../../core/digest';
import {fileTypes} from '../../simulator/content/upload-bytes';
import {topics} from '../../simulator/content/phrases';
import {Random} from '../../simulator/random';
import {startSimulator, type Simulator} from '../../simulator/server';
import {download, get, listAll, nowMs} from './client';

interface MessageEvent {
  readonly event_id: string;
  readonly actor: {readonly user_id: string};
  readonly conversation: {readonly id: string};
}

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({nowMs, events: 600, files: 120});
});
afterAll(() => simulator.close());

it('every reference has the outcome and the bytes of the truth', async () => {
  const events = new Map<string, MessageEvent>();
  for (const {id} of await listAll(simulator)) {
    for (const line of (await download(simulator, `/logs/${id}`)).toString().split('\n').filter(Boolean)) {
      const event = JSON.parse(line) as MessageEvent;
      events.set(event.event_id, event);
    }
  }
  const seen = new Set<string>();
  const statuses = {captured: 307, expired: 410, not_found: 404, forbidden: 403};
  for (const file of simulator.truth().files) {
    const event = events.get(file.eventId)!;
    const user = `/users/${event.actor.user_id}`;
    const libraryId = async (): Promise<string> => {
      const list = (await (await get(simulator, `${user}/library_files`)).json()) as {
        data: {id: string; file_id: string}[];
      };
      return list.data.find(({file_id}) => file_id === file.fileId)!.id;
    };
    const path = {
      user: `${user}/files/${file.fileId}?conversation_id=${event.conversation.id}`,
      project: `/project_files/${file.fileId}`,
      gpt: `/gpt_files/${file.fileId}`,
      library: file.place === 'library' ? `${user}/library_files/${await libraryId()}` : '',
    }[file.place];
    expect((await get(simulator, path)).status).toBe(statuses[file.outcome]);
    seen.add(file.outcome);
    if (file.outcome !== 'captured') continue;
    const bytes = await download(simulator, path);
    expect([bytes.length, sha256Hex(bytes)]).toEqual([file.size, file.sha256]);
  }
  expect([...seen].sort()).toEqual(['captured', 'expired', 'forbidden', 'not_found']);
  const captured = simulator.truth().files.filter(({outcome}) => outcome === 'captured');
  expect(new Set(captured.map(({fileId}) => fileId)).size).toBeGreaterThanOrEqual(120);
});

it.each(fileTypes.map((type) => [type.ending, type] as const))('a %s begins as its type does', (ending, type) => {
  const magic: Partial<Record<string, string>> = {
    pdf: '%PDF-',
    png: '\x89PNG',
    docx: 'PK\x03\x04',
    xlsx: 'PK\x03\x04',
    wav: 'RIFF',
    md: '# ',
    json: '{',
  };
  const bytes = type.write(new Random('bytes'), 20_000, topics[0]!);
  expect(bytes.toString('latin1').startsWith(magic[ending] ?? '')).toBe(true);
  expect(Math.abs(bytes.length - 20_000)).toBeLessThan(8_000);
});
