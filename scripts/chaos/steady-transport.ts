// Real HTTP in virtual time: how long each request and each answer travels is decided by the seed, and by nothing else.
import {Readable} from 'node:stream';
import type {Random} from '../../simulator/random';
import {HttpFailure} from '../../source-chatgpt-enterprise/api/http-failure';
import {type HttpAnswer, openTransport, type Transport} from '../../source-chatgpt-enterprise/api/transport';
import type {VirtualClock} from './virtual-clock';

/** Less than the margin by which the source's minute is longer than the API's. */
const longestWayMs = 400;
const longestAnswerMs = 2_500;

/**
 * A request sets out only when everybody else sleeps, and its whole answer is taken before time goes on: so the order
 * in which requests reach the simulator does not depend on the machine.
 */
export function steadyTransport(clock: VirtualClock, random: Random): Transport {
  const send = openTransport(undefined);
  return async (url, {signal, ...request}) => {
    await clock.sleep(random.int(0, longestWayMs), signal);
    requireGoingOn(signal);
    // Not aborted half-way: whether the simulator had seen it would be a matter of microseconds.
    const {signal: unaborted} = new AbortController();
    const answer = await clock.holding(send(url, {...request, signal: unaborted}).then(takeWhole));
    await clock.sleep(random.int(0, longestAnswerMs), signal);
    requireGoingOn(signal);
    return answer;
  };
}

function requireGoingOn(signal: AbortSignal): void {
  if (signal.aborted) throw new HttpFailure(undefined);
}

/** The same answer, its body in memory; a body that broke off breaks off again. */
async function takeWhole({body, headers, status}: HttpAnswer): Promise<HttpAnswer> {
  const pieces: Buffer[] = [];
  let failure: Error | undefined;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) pieces.push(piece);
  } catch (error) {
    failure = error instanceof Error ? error : new Error('broken off');
  }
  const bytes = Buffer.concat(pieces); // how it was cut into pieces is up to the machine
  return {status, headers, body: Readable.from(replay(bytes, failure), {objectMode: false})};
}

function* replay(bytes: Buffer, failure: Error | undefined): Generator<Buffer> {
  if (bytes.length > 0) yield bytes;
  if (failure !== undefined) throw failure;
}
