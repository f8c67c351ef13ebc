// Loaded before every test file: a test fails when an executable that it ran showed a secret or the text of a message.
import {afterAll, afterEach} from '@jest/globals';
import {allEnded, takeLeaks} from './executables';

function assertNoLeaks(): void {
  const leaks = takeLeaks();
  if (leaks.length > 0) throw new Error(`Something leaked: ${leaks.join('; ')}.`);
}

afterEach(assertNoLeaks);

afterAll(async () => {
  await allEnded();
  assertNoLeaks();
});
