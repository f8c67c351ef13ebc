// Reads messages with Python's strict e-mail package, where python3 is installed.
import {spawnSync} from 'node:child_process';

export const hasPython = spawnSync('python3', ['--version']).status === 0;
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

/** What Python finds wrong with the messages in these files. */
export function defectsOf(paths: readonly string[]): unknown {
  const run = spawnSync('python3', ['-c', script, ...paths], {encoding: 'utf8'});
  return run.status === 0 ? JSON.parse(run.stdout) : run.stderr;
}
