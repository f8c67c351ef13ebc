// A target of the destination given items of one size that need no making: its own speed, beside the bare one.
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {systemClock} from '../core/clock';
import {openTarget} from '../destination-arctera-archive/targets/index';
import type {NetworkSettings} from '../destination-arctera-archive/targets/network';
import type {RenderedItem} from '../destination-arctera-archive/targets/target';
import {targetKinds} from '../destination-arctera-archive/targets/target-config';

const [configFile = '', count = 0, bytes = 0] = [process.argv[2], ...process.argv.slice(3).map(Number)];
/** Of a batch, as the destination sends them. */
const batchBytes = 4 * 1024 * 1024;

async function main(): Promise<void> {
  const {target: settings, ...network} = JSON.parse(readFileSync(configFile, 'utf8')) as {
    target: unknown;
  } & NetworkSettings;
  const target = await openTarget(targetKinds.parse(settings), {
    directory: 'bench',
    session: 'bench',
    network,
    messageIdDomain: 'bench.test',
    clock: systemClock,
    signal: new AbortController().signal,
  });
  const line = `${'x'.repeat(74)}\r\n`;
  const body = Buffer.from(`Subject: bare\r\n\r\n${line.repeat(Math.ceil(bytes / line.length))}`);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const inBatch = Math.max(1, Math.floor(batchBytes / bytes));
  const began = performance.now();
  for (let first = 0; first < count; first += inBatch) {
    const items = Array.from({length: Math.min(inBatch, count - first)}, (_, index): RenderedItem => {
      const itemId = createHash('sha256')
        .update(String(first + index))
        .digest('hex');
      const place = {itemId, ending: 'eml', dateMs: 0, userId: 'user', conversationId: itemId};
      return {itemId, address: target.address(place), sha256, size: body.length, body: {kind: 'memory', bytes: body}};
    });
    const results = await target.deliver(items);
    if (results.some(({kind}) => kind !== 'delivered')) throw new Error('An item was not delivered.');
  }
  const seconds = (performance.now() - began) / 1000;
  await target.close();
  console.log(JSON.stringify({seconds}));
}

void main();
