// Pacing: never more starts in a sliding minute than allowed, routes apart, blocks obeyed.
import {expect, test} from '@jest/globals';
import {RateLimit} from '../../core/rate-limit';
import {FakeClock} from './fake-clock';

test('no sliding minute holds more starts than allowed', async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(3, clock);
  const starts: number[] = [];
  for (let index = 0; index < 20; index++) {
    await limit.acquire('logs');
    starts.push(clock.nowMs());
  }
  for (const start of starts) {
    expect(starts.filter((other) => other >= start && other < start + 60_000).length).toBeLessThanOrEqual(3);
  }
});

test('callers that come at once are paced as well', async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(2, clock);
  await Promise.all(Array.from({length: 6}, () => limit.acquire('logs')));
  expect(clock.sleeps.length).toBe(2);
});

test('routes do not wait for each other', async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(1, clock);
  await limit.acquire('logs');
  await limit.acquire('users');
  expect(clock.sleeps).toEqual([]);
});

test('a blocked route starts nothing before the given time', async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(100, clock);
  const untilMs = clock.nowMs() + 7_000;
  limit.block('logs', untilMs);
  await limit.acquire('logs');
  expect(clock.nowMs()).toBe(untilMs);
});

test('a clock that is set back holds nobody up', async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(2, clock);
  limit.block('logs', clock.nowMs() + 7_000);
  clock.setBack(3 * 3_600_000);
  for (let index = 0; index < 4; index++) await limit.acquire('logs');
  clock.setBack(3 * 3_600_000);
  await limit.acquire('logs');
  expect(clock.sleeps).toEqual([7_000, 61_000, 61_000]);
});
