// The threads of Node.js are asked for something once a second, and for nothing when a command has ended.
import {createHook} from 'node:async_hooks';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, test} from '@jest/globals';
import {keepThreadsAwake} from '../../airbyte/waking-threads';

test('a thread that slept through a request is woken by the next, which comes within a second', async () => {
  let requests = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'RANDOMBYTESREQUEST') requests++;
    },
  }).enable();
  const letSleep = keepThreadsAwake();
  try {
    await sleep(2500);
    expect(requests).toBeGreaterThanOrEqual(1);
    letSleep();
    const asked = requests;
    await sleep(1500);
    expect(requests).toBe(asked);
  } finally {
    letSleep();
    hook.disable();
  }
});
