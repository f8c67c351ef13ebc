// An order to compose an item, in plain data that another thread can be given.
import {BugError} from '../../core/errors';
import {formats} from '../render/formats';
import type {AttachedFile, Item, RenderSettings, TranscriptMessage} from '../render/item';
import {filesOf} from '../render/upload-bytes';
import type {ItemAddress, RenderedItem} from '../targets/target';
import {renderItem, type RenderedOnce} from './compose';
import {ItemMemory, UploadMemory} from './compose-memory';
import {readUpload} from './compose-upload';

export interface ComposeOrder {
  /** The bytes of its uploads lie at their paths. */
  readonly item: Item;
  readonly format: RenderSettings['formats'][number];
  readonly settings: RenderSettings;
  /** What the item says of itself, as JSON text. */
  readonly record: string;
  readonly address: ItemAddress;
  /** An existing directory for items that do not stay in memory. */
  readonly directory: string;
  /** Whether the targets keep the very file that is made there. */
  readonly staysOnDisk?: boolean;
}

export interface Composer {
  /** Orders are carried out one after the other, in the order they are given; what they make is flushed side by side. */
  compose(order: ComposeOrder): Promise<RenderedItem>;
  close(): Promise<void>;
}

/** Composes in the thread that asks. */
export class ComposerInPlace implements Composer {
  private last: Promise<unknown> = Promise.resolve();
  private readonly open = new Set<Promise<RenderedItem>>();
  private readonly itemMemory = new ItemMemory();
  private readonly uploadMemory = new UploadMemory();

  compose(order: ComposeOrder): Promise<RenderedItem> {
    const composing = this.last.then(() => this.carryOut(order));
    const composed = composing.then(async ({item, flushed}) => {
      await flushed;
      return item;
    });
    this.last = composing.catch(() => undefined);
    this.open.add(composed);
    void composed.catch(() => undefined).then(() => this.open.delete(composed));
    return composed;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.open);
  }

  private carryOut(order: ComposeOrder): Promise<RenderedOnce> {
    const {item, format, settings, record, address, directory, staysOnDisk} = order;
    const whole = mapFiles(item, (state) => {
      const {path} = state;
      return path === undefined ? state : {...state, content: () => readUpload(path, this.uploadMemory)};
    });
    const rendered = formats[format].render(whole, settings, record);
    return renderItem(item.itemId, address, rendered, directory, this.itemMemory, staysOnDisk);
  }
}

/** The item as it can be sent to another thread: streams cannot be. */
export function withoutStreams(item: Item): Item {
  return mapFiles(item, (state) => {
    const {path, ...plain} = state;
    if (path === undefined) throw new BugError('The bytes of an upload lie in no file.');
    return {...plain, path, content: undefined as never};
  });
}

type Attached = Extract<AttachedFile['state'], {kind: 'attached'}>;

/** The item itself where it has no uploads. */
function mapFiles(item: Item, map: (state: Attached) => Attached): Item {
  if (filesOf(item).length === 0 || item.kind === 'batch') return item;
  if (item.kind !== 'messages') return {...item, files: mapEach(filesOf(item), map)};
  const messages: TranscriptMessage[] = [];
  for (const message of item.messages) messages.push({...message, files: mapEach(message.files, map)});
  return {...item, messages};
}

function mapEach(files: readonly AttachedFile[], map: (state: Attached) => Attached): AttachedFile[] {
  const mapped: AttachedFile[] = [];
  for (const file of files) mapped.push(file.state.kind === 'attached' ? {...file, state: map(file.state)} : file);
  return mapped;
}
