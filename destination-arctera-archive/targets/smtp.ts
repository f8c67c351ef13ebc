// The archive as a mail server that journals what it receives: one message an item, over a few connections kept open.
import type {Clock} from '../../core/clock';
import {TransientError} from '../../core/errors';
import type {Network} from './network';
import {EightBitsRefused, NotLetIn, toRefusalCode, toSafeWords, toVerdict} from './smtp-replies';
import {contentOf, type Sent, SmtpSession, type SmtpSettings} from './smtp-session';
import {
  type DeliveryResult,
  deliverInParallel,
  type ItemAddress,
  type ItemPlace,
  type RenderedItem,
  type Target,
} from './target';

export interface SmtpOptions {
  readonly settings: SmtpSettings;
  readonly network: Network;
  readonly messageIdDomain: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before each message. Throws where the ledger may be another run's by now. */
  readonly assertHeld?: (() => void) | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const maxAttempts = 8;
const baseDelayMs = 500;
const maxDelayMs = 30_000;

export class SmtpTarget implements Target {
  readonly name = 'smtp';
  readonly isReadable = false;
  private readonly idle: SmtpSession[] = [];

  constructor(private readonly options: SmtpOptions) {}

  /** The Message-ID: the only name of a message that a mail archive keeps. Of another format than EML it names that. */
  address({itemId, ending}: ItemPlace): ItemAddress {
    const mark = ending === 'eml' ? '' : `.${ending}`;
    return `<${itemId}${mark}@${this.options.messageIdDomain}>`;
  }

  /** Signs in and takes leave: a test message would stay in the archive. */
  async probe(): Promise<void> {
    try {
      (await this.session()).quit();
    } catch (error) {
      const {words} = toVerdict(error);
      throw new TransientError('target_unavailable', `The mail server takes no messages: ${words}.`, {cause: error});
    }
  }

  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  digest(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  deliver(items: readonly RenderedItem[]): Promise<readonly DeliveryResult[]> {
    return deliverInParallel(items, this.options.settings.connections, (item) => this.send(item));
  }

  close(): Promise<void> {
    for (const session of this.idle.splice(0)) session.quit();
    return Promise.resolve();
  }

  private async send(item: RenderedItem): Promise<DeliveryResult> {
    const {clock, random, settings, signal} = this.options;
    const {itemId} = item;
    let waiting: readonly string[] = settings.recipients;
    let mayBeThere = item.mayBeThere === true;
    let hasRecipient = false;
    for (let attempt = 1; ; attempt += 1) {
      this.options.assertHeld?.();
      const sending = {isWhole: false};
      let words: string;
      try {
        const sent = await this.attempt(item, waiting, () => (sending.isWhole = true));
        hasRecipient ||= sent.accepted.length > 0;
        const refused = sent.rejected.find(({code}) => code >= 500 || code === 0);
        if (refused !== undefined) return toRefusal(itemId, refused, hasRecipient || mayBeThere);
        waiting = sent.rejected.map(({recipient}) => recipient);
        if (waiting.length === 0) {
          return {kind: 'delivered', itemId, reply: toSafeWords(sent.reply), isPossiblyTwice: mayBeThere};
        }
        words = toSafeWords(sent.rejected[0]?.words ?? '');
        // A server may take only so many recipients with one message (RFC 5321, 4.5.3.1.10): the others are no further attempt.
        if (sent.accepted.length > 0) attempt = 0;
      } catch (error) {
        const verdict = toVerdict(error);
        if (verdict.kind === 'refused') return {...verdict, itemId, isPossiblyThere: hasRecipient || mayBeThere};
        words = verdict.words;
        // The server may have taken it before the connection was lost.
        if (verdict.kind === 'lost' && sending.isWhole) mayBeThere = true;
      }
      if (attempt >= maxAttempts || signal.aborted) {
        throw new TransientError('target_unavailable', `The mail server takes no messages: ${words}.`);
      }
      const delayMs = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
      await clock.sleep(Math.ceil(delayMs * (0.5 + random() / 2)), signal);
    }
  }

  private async attempt(item: RenderedItem, to: readonly string[], onWhole: () => void): Promise<Sent> {
    const content = await contentOf(item); // before there is a session, which nobody would give back if it failed
    const session = await this.session();
    if (!session.takes(content)) {
      this.idle.push(session);
      throw new EightBitsRefused();
    }
    const sent = await session.send(item, {from: this.options.settings.sender, to}, content, onWhole);
    this.idle.push(session);
    return sent;
  }

  private async session(): Promise<SmtpSession> {
    for (let session = this.idle.pop(); session !== undefined; session = this.idle.pop()) {
      if (session.isUsable) return session;
    }
    try {
      return await SmtpSession.open(this.options.settings, this.options.network);
    } catch (error) {
      throw new NotLetIn(error);
    }
  }
}

function toRefusal(itemId: string, {code, words}: Sent['rejected'][number], isPossiblyThere: boolean): DeliveryResult {
  return {kind: 'refused', itemId, code: toRefusalCode(code, words), words: toSafeWords(words), isPossiblyThere};
}
