// A one-page PDF: lines of text, and a scanned-looking picture that brings it to a given size.
import type {Random} from '../random';

const pictureWidth = 256;

export function pdf(random: Random, size: number, lines: readonly string[]): Buffer {
  const text = lines
    .slice(0, 40)
    .map((line) => `(${line.replace(/[^ -~]/g, '?').replace(/[\\()]/g, '\\$&')}) Tj T*`)
    .join('\n');
  const rows = Math.max(1, Math.floor((size - text.length - 900) / pictureWidth));
  const page = `q 500 0 0 80 50 40 cm /Picture Do Q\nBT /Body 9 Tf 12 TL 50 780 Td\n${text}\nET`;
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R ' +
        '/Resources << /Font << /Body 5 0 R >> /XObject << /Picture 6 0 R >> >> >>'
    ),
    stream('', Buffer.from(page)),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
    stream(
      `/Type /XObject /Subtype /Image /Width ${pictureWidth} /Height ${rows} /ColorSpace /DeviceGray /BitsPerComponent 8`,
      random.bytes(rows * pictureWidth)
    ),
  ];
  const parts = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  const offsets: number[] = [];
  let offset = parts[0]?.length ?? 0;
  for (const [index, object] of objects.entries()) {
    const framed = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    offsets.push(offset);
    offset += framed.length;
    parts.push(framed);
  }
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  const trailer = `trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${offset}\n%%EOF\n`;
  return Buffer.concat([...parts, Buffer.from(`xref\n0 ${count}\n0000000000 65535 f \n${table}${trailer}`)]);
}

function stream(dictionary: string, data: Buffer): Buffer {
  const head = `<< ${dictionary} /Length ${data.length} >>\nstream\n`;
  return Buffer.concat([Buffer.from(head), data, Buffer.from('\nendstream')]);
}
