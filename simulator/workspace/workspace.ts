// The simulated company: its people, GPTs, projects and files, and everything that was said up to now.
import type {SimulatorOptions} from '../options';
import {Random} from '../random';
import {createAssistants, type Assistant} from './assistants';
import {attachBulkFiles, attachFiles, recentSpanMicros} from './attach';
import {type Belongings, createBelongings} from './belongings';
import {type Conversation, createConversation, unfold, type Happening} from './conversation';
import {createMachinery, type Machinery} from './machinery';
import {createPeople, type Person} from './people';
import type {Upload} from './upload';

const daySeconds = 86_400;
/** Nothing younger is said at start: its ten-minute window could not be closed yet. */
const bulkLongEvents = 400;
const bulkFollowUpShare = 0.95;
const bulkAnswerMessages = 3;
const settlingMicros = 12 * 60 * 1_000_000;

export class Workspace {
  readonly people: readonly Person[];
  readonly assistants: readonly Assistant[];
  readonly uploads: Upload[];
  /** By id of the member; the first inactive one is no longer known to the routes of what members own. */
  readonly belongings: ReadonlyMap<string, Belongings>;
  readonly machinery: Machinery;
  readonly history: readonly Happening[];
  private readonly random: Random;
  private batches = 0;

  constructor(private readonly options: SimulatorOptions) {
    this.random = new Random(`${options.seed}/workspace-content`);
    const {nowMs, events, files, members, bulkFiles, bulkFileBytes, uploadLifeMs} = options;
    const userCount = members > 0 ? members : Math.min(400, Math.max(12, Math.ceil(events / 300)));
    this.people = createPeople(this.random.fork('people'), userCount, nowMs);
    this.assistants = (['gpt', 'project'] as const).flatMap((kind) =>
      createAssistants(this.random.fork(kind), kind, this.people, nowMs)
    );
    const departed = this.people.find(({status}) => status === 'inactive');
    this.belongings = new Map(
      this.people
        .filter((person) => person !== departed)
        .map((person, index) => [
          person.id,
          createBelongings(this.random.fork(`belongings/${person.id}`), person, index, nowMs),
        ])
    );
    this.machinery = createMachinery(this.random.fork('machinery'), this.people, nowMs);
    this.history = this.createHistory();
    const attached = attachFiles(this.random.fork('attach'), this.history, files, nowMs * 1000, uploadLifeMs);
    const bulk = attachBulkFiles(this.random.fork('bulk'), this.history, bulkFiles, bulkFileBytes);
    this.uploads = [...this.assistants.flatMap(({knowledge}) => knowledge), ...attached, ...bulk];
  }

  /** Exactly `count` further happenings, spread over the ten minutes before `nowMicros`. */
  continue(count: number, nowMicros: number): Happening[] {
    const random = this.random.fork(`batch-${++this.batches}`);
    const spanMicros = 590_000_000;
    const happenings: Happening[] = [];
    while (happenings.length < count) {
      const conversation = createConversation(random, this.people, this.assistants, nowMicros);
      happenings.push(...unfold(random, conversation).slice(0, count - happenings.length));
    }
    for (const [index, happening] of happenings.entries()) {
      happening.atMicros = nowMicros - spanMicros + Math.floor((index / count) * spanMicros);
      if (happening.position === 0) happening.conversation.createdMicros = happening.atMicros;
    }
    this.uploads.push(
      ...attachFiles(random.fork('attach'), happenings, Math.ceil(count / 20), nowMicros, this.options.uploadLifeMs)
    );
    return happenings;
  }

  /** About `count` further happenings: three in four in short conversations, the others in a few long ones. */
  bulk(count: number, startMicros: number): Happening[] {
    const random = this.random.fork('bulk-history');
    const happenings: Happening[] = [];
    const begin = (): Conversation => createConversation(random, this.people, this.assistants, startMicros);
    while (happenings.length < count / 4) {
      const long = begin();
      for (let length = 0; length < bulkLongEvents;) {
        const more = unfold(random, long).map((each, index) => ({...each, position: length + index}));
        happenings.push(...more);
        length += more.length;
      }
    }
    while (happenings.length < count) happenings.push(...unfold(random, begin()));
    return happenings.flatMap((each) => followedUp(random, each)).sort((a, b) => a.atMicros - b.atMicros);
  }

  private createHistory(): Happening[] {
    const random = this.random.fork('history');
    const endMicros = this.options.nowMs * 1000 - settlingMicros;
    const happenings: Happening[] = [];
    while (happenings.length < this.options.events) {
      const start = this.pickStart(random, endMicros);
      const conversation = createConversation(random, this.people, this.assistants, start);
      happenings.push(...unfold(random, conversation).filter(({atMicros}) => atMicros < endMicros));
    }
    return happenings.sort((a, b) => a.atMicros - b.atMicros);
  }

  /** A third begins while uploads made then can still be captured; the rest keeps to working hours. */
  private pickStart(random: Random, endMicros: number): number {
    const hourMicros = 3_600_000_000;
    const historyMicros = this.options.days * daySeconds * 1_000_000;
    const recentMicros = Math.min(historyMicros, recentSpanMicros(this.options.uploadLifeMs));
    if (random.chance(0.35)) return endMicros - Math.floor(random.next() * recentMicros);
    const start = endMicros - Math.floor(random.next() * historyMicros);
    const hour = new Date(start / 1000).getUTCHours();
    const moved = hour < 7 ? start + 7 * hourMicros : hour > 19 ? start - 6 * hourMicros : start;
    return moved < endMicros - hourMicros && moved > endMicros - historyMicros ? moved : start;
  }
}

/** Most answers of bulk conversations come in two or three messages, as those of agents do. */
function followedUp(random: Random, happening: Happening): Happening[] {
  const messages = [happening];
  while (happening.kind === 'answer' && messages.length < bulkAnswerMessages && random.chance(bulkFollowUpShare)) {
    const {messageId, atMicros} = messages.at(-1) ?? happening;
    messages.push({
      ...happening,
      messageId: random.uuid(),
      previousMessageId: messageId,
      atMicros: atMicros + 1_000_000,
    });
  }
  return messages;
}
