// Reads items with Python's strict e-mail package, a second reader that shares no code with ours.
import {runPython} from '../run-python';

export interface PythonItem {
  readonly subject: string;
  readonly defects: readonly string[];
  readonly attachments: readonly {readonly name: string; readonly sha256: string}[];
}

const program = `
import email, email.policy, hashlib, json, pathlib, sys
items = []
for path in sorted(pathlib.Path(sys.argv[1]).rglob('*.eml')):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    defects, attachments = [], []
    for part in message.walk():
        content = None if part.is_multipart() else part.get_payload(decode=True)
        defects += list(part.defects) + [d for value in part.values() for d in value.defects]
        if part.is_attachment():
            attachments.append({'name': part.get_filename() or '', 'sha256': hashlib.sha256(content).hexdigest()})
    items.append({'subject': str(message['subject']), 'defects': [repr(d) for d in defects], 'attachments': attachments})
print(json.dumps(items))
`;

/** The items below the folder in the order of their paths. */
export function readByPython(folder: string): PythonItem[] {
  return JSON.parse(runPython(program, folder)) as PythonItem[];
}
