// Reads items with Python's strict e-mail package and its zip and CSV readers.
import {runPython} from '../../run-python';

const script = `
import email, email.policy, json, sys
found = []
for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    for part in message.walk():
        defects = list(part.defects) + [d for _, value in part.items() for d in value.defects]
        if not part.is_multipart():
            part.get_content()
            defects += part.defects
        found += [path + ': ' + repr(defect) for defect in defects]
    names = [part.get_filename() for part in message.iter_attachments()]
    if names[-1] not in ('events.jsonl', 'rsmf.zip'): found.append(path + ': ' + repr(names))
print(json.dumps(found))
`;

const zipScript = `
import csv, io, json, sys, xml.dom.minidom, zipfile
csv.field_size_limit(1 << 30)
found = []
for path in sys.argv[1:]:
    archive = zipfile.ZipFile(path)
    damaged = archive.testzip()
    if damaged: found.append(path + ': ' + damaged)
    names = archive.namelist()
    if len(set(names)) != len(names) or any('/' in name or '\\\\' in name for name in names): found.append(path + ': ' + repr(names))
    xml.dom.minidom.parseString(archive.read('template.xml'))
    rows = list(csv.reader(io.StringIO(archive.read('messages.csv').decode('utf-8'), newline=''), strict=True))
    events = [json.loads(line) for line in archive.read('events.jsonl').split(b'\\n')[:-1]]
    ids = sorted(row[rows[0].index('MessageId')] for row in rows[1:])
    if {len(row) for row in rows} != {len(rows[0])}: found.append(path + ': ragged')
    if ids != sorted(event['event_id'] for event in events): found.append(path + ': ' + repr(ids))
print(json.dumps(found))
`;

/** What Python finds wrong with the messages in these files. */
export function defectsOf(paths: readonly string[]): unknown {
  return JSON.parse(runPython(script, ...paths));
}

/** What Python finds wrong with these Text-Delimited items: zip, template, one line for each event. */
export function zipFaultsOf(paths: readonly string[]): unknown {
  return JSON.parse(runPython(zipScript, ...paths));
}
