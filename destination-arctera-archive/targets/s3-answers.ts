// Bounds what a store answers: neither an answer without end nor one that trickles may fill the memory or hold up a run.
import {type Readable, pipeline, Transform} from 'node:stream';
import {NodeHttpHandler} from '@smithy/node-http-handler';

/** A page of a list has a thousand keys of 1,024 bytes. */
const mostListBytes = 16 * 1024 * 1024;
/** Of any answer but a list or an object: many may come at once. */
const mostBytes = 1024 * 1024;
/** From its head to its end; the rest of an object is asked for anew. */
const longestMs = 10 * 60_000;

/** Name of the error that ends such an answer. */
export const answerWithoutEnd = 'AnswerWithoutEnd';

export class BoundedAnswers extends NodeHttpHandler {
  override async handle(...asked: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const [{query}] = asked;
    const answer = await super.handle(...asked);
    const {response} = answer;
    const body = response.body as Readable;
    const timer = setTimeout(() => body.destroy(toError()), longestMs).unref();
    body.once('close', () => clearTimeout(timer));
    const isObject = query['x-id'] === 'GetObject' && response.statusCode < 300;
    const isList = query['list-type'] !== undefined || query['uploads'] !== undefined;
    const most = isList ? mostListBytes : mostBytes;
    const isKnown = Number(response.headers['content-length']) <= most;
    if (!isObject && !isKnown) response.body = pipeline(body, toCounted(most), () => undefined);
    return answer;
  }
}

function toCounted(most: number): Transform {
  let bytes = 0;
  return new Transform({
    transform: (part: Buffer, _, done) => {
      bytes += part.length;
      if (bytes > most) done(toError());
      else done(null, part);
    },
  });
}

function toError(): Error {
  return Object.assign(new Error('The answer does not end.'), {name: answerWithoutEnd});
}
