// Python's strict e-mail package finds no defect in the golden messages. Runs where python3 is installed.
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';

const directory = join(__dirname, 'golden');
const hasPython = spawnSync('python3', ['--version']).status === 0;
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
    if names[-1] != 'events.jsonl': found.append(path + ': ' + repr(names))
print(json.dumps(found))
`;

function defectsOf(names: readonly string[]): unknown {
  const paths = names.map((name) => join(directory, name));
  const run = spawnSync('python3', ['-c', script, ...paths], {encoding: 'utf8'});
  return run.status === 0 ? JSON.parse(run.stdout) : run.stderr;
}

const golden = readdirSync(directory).filter((name) => name.endsWith('.eml'));

describe('golden messages', () => {
  test('are there to be read', () => expect(golden.length).toBeGreaterThan(0));
  if (hasPython) test('have no defects', () => expect(defectsOf(golden)).toEqual([]));
});
