// What must hold whatever comes: each property takes generated input, and throws when it does not hold.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import fc from '../support/generated';
import {readDestinationInput} from '../../airbyte/destination-input';
import {parseCatalog} from '../../airbyte/parse-catalog';
import {parseConfig} from '../../airbyte/parse-config';
import {parseStates} from '../../airbyte/parse-states';
import type {StateMessage} from '../../airbyte/protocol';
import {sha256Hex} from '../../core/digest';
import {ConfigError, IntegrityError} from '../../core/errors';
import {configSchema} from '../../destination-arctera-archive/config';
import {parseConversationEvent} from '../../destination-arctera-archive/render/conversation-event';
import {toSubject} from '../../destination-arctera-archive/render/subject';
import {toMessagesItem} from '../../destination-arctera-archive/render/to-messages-item';
import {unsettled} from '../../destination-arctera-archive/report/tally';
import {openWrite} from '../destination-arctera-archive/pipeline/write-into-folder';
import {parseMessage, renderWhole} from '../destination-arctera-archive/render/render-whole';
import {faultsOfItem, faultsOfMessage, readItems} from '../end-to-end/soundness';
import {
  catalogLike,
  configLike,
  deepen,
  eventText,
  goodLine,
  hostileText,
  stateLike,
  stdinLine,
} from './hostile-values';

export interface Robustness {
  readonly title: string;
  /** Of the cases of a run, the share this property gets. */
  readonly share: number;
  readonly property: fc.IAsyncPropertyWithHooks<[unknown]> | fc.IAsyncProperty<[unknown]>;
}

export const robustness: readonly Robustness[] = [
  toRobustness('a configuration is taken, or refused in words that quote no value', 0.2, configLike, (raw) =>
    onlyConfigError(() => parseConfig(configSchema, toSent(raw)))
  ),
  toRobustness('a catalog is taken or refused', 0.2, catalogLike, (raw) =>
    onlyConfigError(() => parseCatalog(toSent(raw)))
  ),
  toRobustness('a state is taken or refused', 0.2, stateLike, (raw) => onlyConfigError(() => parseStates(toSent(raw)))),
  toRobustness(
    'stdin is read, wherever it is cut',
    0.15,
    fc.tuple(fc.array(stdinLine, {maxLength: 6}), fc.integer({min: 1, max: 5_000})),
    async ([lines, size]) => {
      await readAll(lines, size);
    }
  ),
  toRobustness(
    'an event becomes a sound message that holds its exact text',
    0.2,
    fc.tuple(fc.array(eventText, {minLength: 1, maxLength: 3}), hostileText),
    ([texts, conversation]) => rendersSoundly(texts.map(deepen), conversation)
  ),
  toRobustness(
    'a run with any input adds up, or stops for a reason',
    0.025,
    fc.array(stdinLine, {maxLength: 20}),
    (lines) => addsUp(lines, true)
  ),
  toRobustness('a run of proper rows in any order adds up', 0.025, fc.array(goodLine, {maxLength: 20}), (lines) =>
    addsUp(lines, false)
  ),
];

function toRobustness<Value>(
  title: string,
  share: number,
  values: fc.Arbitrary<Value>,
  check: (value: Value) => void | Promise<void>
): Robustness {
  const property = fc.asyncProperty(values, async (value) => {
    await check(value);
  });
  return {title, share, property: property};
}

/** The value as it comes out of a file. */
function toSent(raw: unknown): unknown {
  return raw === undefined ? undefined : JSON.parse(deepen(JSON.stringify(raw)));
}

function onlyConfigError(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (/[\r\n\0]|<script>|evil\.test/.test(error.message)) throw new Error('The error quotes what it refused.');
  }
}

async function readAll(lines: readonly string[], size = 4096): Promise<number> {
  let count = 0;
  for await (const block of readDestinationInput(toReadable(lines, size), 60_000, new AbortController().signal)) {
    for (const input of block) {
      if (input.kind === 'record') JSON.parse(input.dataText());
      count += 1;
    }
  }
  return count;
}

function toReadable(lines: readonly string[], size: number): Readable {
  const bytes = Buffer.from(lines.map((line) => `${deepen(line)}\n`).join(''));
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return Readable.from(pieces);
}

async function rendersSoundly(texts: readonly string[], conversationId: string): Promise<void> {
  const events = texts.map((text, index) => {
    const original = {recordId: `${conversationId}/${index}`, sha256: sha256Hex(text), text};
    return {...parseConversationEvent(text), original};
  });
  const item = toMessagesItem({
    target: 'folder',
    workspaceId: conversationId,
    conversationId,
    subject: toSubject(
      events.map(({conversation}) => conversation.title),
      conversationId
    ),
    policyVersion: 'p',
    events,
    part: {number: 1, of: 1},
    resolve: (id, email) => ({id, name: id, email}),
    attach: (event, {fileId, name}) => ({
      fileId,
      eventId: event.eventId,
      name,
      state: {
        kind: 'attached',
        sha256: sha256Hex(fileId),
        size: Buffer.byteLength(fileId),
        content: () => Readable.from([Buffer.from(fileId)]),
      },
    }),
  });
  const bytes = await renderWhole(item);
  const parsed = await parseMessage(bytes);
  const faults = faultsOfMessage(bytes, parsed);
  if (faults.length > 0) throw new Error(faults.join('; '));
  const originals = parsed.attachments.at(-1)?.content.toString();
  if (originals !== texts.map((text) => `${text}\n`).join('')) throw new Error('The originals differ.');
}

/** Runs the pipeline on a folder of its own. */
async function addsUp(lines: readonly string[], mayStop: boolean): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'robustness-'));
  const {signal} = new AbortController();
  const write = openWrite(root, {keptFileBytes: 1024 * 1024, streams: []});
  const states: StateMessage[] = [];
  let hasStopped = false;
  try {
    for await (const state of write.run(readDestinationInput(toReadable(lines, 4096), 60_000, signal)))
      states.push(state);
  } catch (error) {
    if (!mayStop || !(error instanceof IntegrityError)) throw error;
    hasStopped = true;
  } finally {
    await write.workspaces.close();
  }
  try {
    const waits = write.workspaces.all().some(({files}) => files.incomplete.records > 0);
    if (states.length !== write.statesReleased) throw new Error('The count of released states is wrong.');
    if (write.statesHeld > 0 && !hasStopped && !waits) throw new Error(`${write.statesHeld} states were not released.`);
    for (const [stream, counts] of write.tally.streams) {
      const left = unsettled(counts);
      if (left < 0 || (left > 0 && !hasStopped && !waits))
        throw new Error(`${left} of stream ${stream} have no outcome.`);
    }
    const faults = (await readItems(root)).flatMap(faultsOfItem);
    if (faults.length > 0) throw new Error(faults.join('; '));
  } finally {
    rmSync(root, {recursive: true, force: true});
  }
}
