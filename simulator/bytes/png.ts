// A greyscale PNG image of about a given size.
import {deflateSync} from 'node:zlib';
import type {Random} from '../random';
import {crc32} from './zip';

const width = 256;

export function png(random: Random, size: number): Buffer {
  const height = Math.max(1, Math.floor(size / (width + 1)));
  const pixels = random.bytes(height * (width + 1));
  for (let row = 0; row < height; row++) pixels[row * (width + 1)] = 0; // each row starts with its filter: none
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, {level: 1})),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)]);
}
