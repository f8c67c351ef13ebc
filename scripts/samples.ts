// Writes sample items in every format, with a page of questions for the archive's vendor.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {formats} from '../destination-arctera-archive/render/formats';
import type {RenderSettings} from '../destination-arctera-archive/render/item';
import {questionnaire} from './samples/questionnaire';
import {sampleItems} from './samples/sample-items';
import {toolCommand} from './tool-command';

const settings: RenderSettings = {
  messageIdDomain: 'chatgpt.invalid',
  assistantAddress: 'chatgpt@chatgpt.invalid',
  fallbackAddress: 'unassigned@chatgpt.invalid',
  timeZone: 'UTC',
  formats: ['eml', 'rsmf', 'text_delimited'],
  extraHeaders: [],
};

async function main(folder: string): Promise<void> {
  mkdirSync(folder, {recursive: true});
  for (const [name, [item]] of sampleItems) {
    if (item === undefined) continue;
    for (const {ending, render} of settings.formats.map((format) => formats[format])) {
      const pieces: Buffer[] = [];
      for await (const piece of render(item, settings, '{}')) pieces.push(piece);
      writeFileSync(join(folder, `${name}.${ending}`), Buffer.concat(pieces));
    }
  }
  writeFileSync(join(folder, 'QUESTIONS.md'), questionnaire);
  console.log(`${sampleItems.length} items in ${settings.formats.length} formats, and QUESTIONS.md: ${folder}`);
}

const [folder = 'samples'] = toolCommand(
  'samples',
  'Writes sample items in every format, and questions for the vendor.'
)
  .argument('[folder]', 'where to', 'samples')
  .parse().args;

main(resolve(folder)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
