// Sees to it that no request to the threads of Node.js, which read and write files, is slept through for ever.
import {randomBytes} from 'node:crypto';

const everyMs = 1000;

/**
 * Asks the threads for next to nothing once a second. Up to 2.40, glibc can lose the signal that wakes a thread (its bug
 * 25847): the request then waits until another one comes, and where everything waits for that one there is no other.
 * @returns stops it
 */
export function keepThreadsAwake(): () => void {
  const timer = setInterval(() => randomBytes(1, () => undefined), everyMs).unref();
  return () => clearInterval(timer);
}
