// Earlier runs are asked about many records: each ledger is opened once for that, and let go.
import {expect, test} from '@jest/globals';
import {EarlierRuns} from '../../../destination-arctera-archive/ledger/earlier-runs';
import type {Explainer} from '../../../destination-arctera-archive/ledger/explain';
import {FolderPlace} from '../../../destination-arctera-archive/ledger/ledger-place';
import {makeWorkspaceFolder, toWorkspaceFolder} from '../../../destination-arctera-archive/ledger/workspace-folder';
import {intentOf, onEnd, openLedger, temporaryFolder} from './ledger-fixture';

class CountingPlace extends FolderPlace {
  readonly opened: string[] = [];

  override explainer(name: string): Explainer | undefined {
    this.opened.push(name);
    return super.explainer(name);
  }
}

async function twoLedgers(): Promise<string> {
  const root = temporaryFolder();
  for (const workspaceId of ['ws-a', 'ws-b']) {
    const folder = toWorkspaceFolder(root, workspaceId);
    makeWorkspaceFolder(folder);
    const ledger = await openLedger(folder.ledger, {workspaceId});
    ledger.intend([intentOf(`item-${workspaceId}`, [`of ${workspaceId}`])]);
    ledger.delivered([`item-${workspaceId}`]);
    ledger.close();
  }
  makeWorkspaceFolder(toWorkspaceFolder(root, 'ws-c')); // no run has begun its ledger
  return root;
}

test('records of every workspace are found, and each ledger is opened once', async () => {
  const root = await twoLedgers();
  const place = new CountingPlace(root);
  const earlier = new EarlierRuns(place);
  onEnd(() => earlier.close());
  expect(place.opened).toEqual([]);
  for (let count = 0; count < 100; count++) {
    expect(earlier.find('of ws-a')).toMatchObject({workspace: 'ws-a', outcome: 'delivered'});
    expect(earlier.find('of ws-b')).toMatchObject({workspace: 'ws-b', item: {id: 'item-ws-b'}});
    expect(earlier.find('of nobody')).toBeUndefined();
  }
  expect(place.opened).toEqual(['ws-a', 'ws-b', 'ws-c']);
  const open = (): Promise<{close(): void}> =>
    openLedger(toWorkspaceFolder(root, 'ws-a').ledger, {workspaceId: 'ws-a'});
  await expect(open()).rejects.toMatchObject({code: 'ledger_locked'});
  earlier.close();
  const again = await open();
  expect(() => new EarlierRuns(new FolderPlace(root)).find('of ws-a')).toThrow(
    expect.objectContaining({code: 'ledger_locked'})
  );
  again.close();
});

test('without ledgers nothing was made of anything', () => {
  const earlier = new EarlierRuns(undefined);
  expect([earlier.find('of ws-a'), earlier.areKnown]).toEqual([undefined, false]);
  earlier.close();
});
