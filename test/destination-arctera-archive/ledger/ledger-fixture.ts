// What the ledger tests share: a ledger in a temporary folder, a clock that is set by hand, intents to fill it with.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {afterEach} from '@jest/globals';
import type {Clock} from '../../../core/clock';
import {sha256Hex} from '../../../core/digest';
import type {EvidenceLedger} from '../../../destination-arctera-archive/ledger/evidence';
import type {Intent} from '../../../destination-arctera-archive/ledger/ledger';
import {openSqliteLedger, type SqliteLedgerOptions} from '../../../destination-arctera-archive/ledger/sqlite-ledger';
import type {Target} from '../../../destination-arctera-archive/targets/target';

const cleanUps: (() => void)[] = [];

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

export function onEnd(cleanUp: () => void): void {
  cleanUps.push(cleanUp);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  onEnd(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

export class HandClock implements Clock {
  sleeps = 0;

  constructor(public ms = Date.parse('2026-01-02T03:04:05Z')) {}

  nowMs(): number {
    return this.ms;
  }

  /** Gives way for real, but briefly: another process may be involved. */
  sleep(): Promise<void> {
    this.sleeps += 1;
    return new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function openLedger(file: string, options: Partial<SqliteLedgerOptions> = {}): Promise<EvidenceLedger> {
  const ledger = await openSqliteLedger({
    file,
    workspaceId: 'ws',
    archiveId: 'archive',
    clock: new HandClock(),
    lockWaitMs: 0,
    ...options,
  });
  onEnd(() => ledger.close());
  return ledger;
}

export function intentOf(itemId: string, recordIds: readonly string[], more: Partial<Intent> = {}): Intent {
  return {
    itemId,
    kind: 'messages',
    copies: [],
    address: `${itemId}.eml`,
    sha256: sha256Hex(itemId),
    size: 10,
    stream: 'messages',
    records: recordIds.map((recordId) => ({recordId, sha256: sha256Hex(recordId)})),
    files: [],
    targets: ['default'],
    decision: undefined,
    conversation: undefined,
    policyVersion: 'p1',
    ...more,
  };
}

/** A target that only knows digests by address. */
export function targetOf(digests: Map<string, string>): Target {
  return {
    name: 'memory',
    isReadable: true,
    probe: () => Promise.resolve(),
    address: ({itemId, ending}) => `${itemId}.${ending}`,
    find: (address) => Promise.resolve(digests.has(address)),
    deliver: (items) => Promise.resolve(items.map(({itemId}) => ({kind: 'delivered', itemId}))),
    digest: (address) => Promise.resolve(digests.get(address)),
    read: () => Readable.from([]),
    list: () => Readable.from([...digests.keys()]) as AsyncIterable<string>,
    close: () => Promise.resolve(),
  };
}

export function holding(...itemIds: string[]): Map<string, string> {
  return new Map(itemIds.map((itemId) => [`${itemId}.eml`, sha256Hex(itemId)]));
}
