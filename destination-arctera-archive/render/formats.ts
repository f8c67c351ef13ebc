// The formats an item can be delivered in, each with the ending of its address.
import type {Config} from '../config';
import {emlEnding, renderEml} from './eml';
import type {Item, RenderSettings} from './item';
import {renderRsmf, rsmfEnding} from './rsmf';
import {renderTextDelimited, textDelimitedEnding} from './text-delimited';

interface Format {
  readonly ending: string;
  /**
   * In pieces, each valid until the next is asked for.
   * @param record what the item says of itself, as JSON text
   */
  readonly render: (item: Item, settings: RenderSettings, record: string) => AsyncIterable<Buffer>;
}

export const formats = {
  eml: {ending: emlEnding, render: renderEml},
  rsmf: {ending: rsmfEnding, render: renderRsmf},
  text_delimited: {ending: textDelimitedEnding, render: renderTextDelimited},
} as const satisfies Record<Config['formats'][number], Format>;
