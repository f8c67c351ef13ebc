// The smallest Word document and Excel workbook that the programs open.
import {zip} from './zip';

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const openXml = 'http://schemas.openxmlformats.org';
const officeRelations = `${openXml}/officeDocument/2006/relationships`;
const application = 'application/vnd.openxmlformats-officedocument';

export function docx(paragraphs: readonly string[]): Buffer {
  const body = paragraphs.map((text) => `<w:p><w:r><w:t>${escapeXml(text)}</w:t></w:r></w:p>`).join('');
  return zip({
    '[Content_Types].xml': contentTypes({'/word/document.xml': `${application}.wordprocessingml.document.main+xml`}),
    '_rels/.rels': relations('officeDocument', 'word/document.xml'),
    'word/document.xml': `${declaration}<w:document xmlns:w="${openXml}/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
  });
}

export function xlsx(rows: readonly (readonly string[])[]): Buffer {
  const main = `${openXml}/spreadsheetml/2006/main`;
  const data = rows
    .map((row) => `<row>${row.map((cell) => `<c t="inlineStr"><is><t>${escapeXml(cell)}</t></is></c>`).join('')}</row>`)
    .join('');
  return zip({
    '[Content_Types].xml': contentTypes({
      '/xl/workbook.xml': `${application}.spreadsheetml.sheet.main+xml`,
      '/xl/worksheets/sheet1.xml': `${application}.spreadsheetml.worksheet+xml`,
    }),
    '_rels/.rels': relations('officeDocument', 'xl/workbook.xml'),
    'xl/workbook.xml': `${declaration}<workbook xmlns="${main}" xmlns:r="${officeRelations}"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations('worksheet', 'worksheets/sheet1.xml'),
    'xl/worksheets/sheet1.xml': `${declaration}<worksheet xmlns="${main}"><sheetData>${data}</sheetData></worksheet>`,
  });
}

function contentTypes(parts: Readonly<Record<string, string>>): string {
  const overrides = Object.entries(parts).map(([name, type]) => `<Override PartName="${name}" ContentType="${type}"/>`);
  return (
    `${declaration}<Types xmlns="${openXml}/package/2006/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Default Extension="xml" ContentType="application/xml"/>${overrides.join('')}</Types>`
  );
}

function relations(type: string, target: string): string {
  return (
    `${declaration}<Relationships xmlns="${openXml}/package/2006/relationships">` +
    `<Relationship Id="r1" Type="${officeRelations}/${type}" Target="${target}"/></Relationships>`
  );
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
