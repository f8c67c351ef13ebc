// Deals files out to prompts, so that the wanted number can still be captured and others no longer can.
import type {Random} from '../random';
import type {Happening} from './conversation';
import {Upload, type UploadPlace} from './upload';

const maxPerPrompt = 8;
/** So that every workspace with a few files has one in a library. */
const firstInLibrary = 7;

/** Keeps clear of the instant of expiry on both sides, lest the expected outcome change during a run. */
const recentShareOfLife = 0.9;
const expiredShareOfLife = 1.05;

export function recentSpanMicros(uploadLifeMs: number): number {
  return uploadLifeMs * recentShareOfLife * 1000;
}

export function attachFiles(
  random: Random,
  happenings: readonly Happening[],
  count: number,
  nowMicros: number,
  uploadLifeMs: number
): Upload[] {
  const prompts = happenings.filter(({kind}) => kind === 'prompt');
  const age = ({atMicros}: Happening): number => nowMicros - atMicros;
  const recent = prompts.filter((prompt) => age(prompt) < recentSpanMicros(uploadLifeMs));
  const old = prompts.filter((prompt) => age(prompt) > uploadLifeMs * expiredShareOfLife * 1000);
  const uploads: Upload[] = [];
  const attach = (prompt: Happening, place: UploadPlace, fate: Upload['fate']): void => {
    if (prompt.attachments.length >= maxPerPrompt) return;
    const {conversation, atMicros} = prompt;
    const own = random.fork(`upload-${uploads.length}`);
    const upload = new Upload(own, conversation.topic, place, conversation.owner.id, atMicros, conversation.id, fate);
    prompt.attachments.push(upload);
    conversation.uploads.push(upload);
    uploads.push(upload);
  };
  if (recent.length > 0) {
    const wanted = Math.min(count, recent.length * maxPerPrompt);
    while (uploads.length < wanted) {
      const isInLibrary = random.chance(0.05) || uploads.length === firstInLibrary;
      attach(random.pick(recent), isInLibrary ? 'library' : 'user', 'kept');
    }
    for (let n = 0; n < count; n += 40) attach(random.pick(recent), 'user', 'not_found');
    for (let n = 20; n < count; n += 50) attach(random.pick(recent), 'user', 'forbidden');
  }
  if (old.length > 0) for (let n = 0; n < count; n += 8) attach(random.pick(old), 'user', 'kept');
  return uploads;
}

/** One file of the given size for each of the newest prompts. */
export function attachBulkFiles(
  random: Random,
  happenings: readonly Happening[],
  count: number,
  bytes: number
): Upload[] {
  const prompts = happenings.filter(({kind, attachments}) => kind === 'prompt' && attachments.length < maxPerPrompt);
  return prompts.slice(prompts.length - Math.min(count, prompts.length)).map((prompt, index) => {
    const {conversation, atMicros} = prompt;
    const own = random.fork(`bulk-${index}`);
    const {id, owner, topic} = conversation;
    const upload = new Upload(own, topic, 'user', owner.id, atMicros, id, 'kept', bytes);
    prompt.attachments.push(upload);
    conversation.uploads.push(upload);
    return upload;
  });
}
