// Python's strict e-mail package finds no defect in the golden messages.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {defectsOf} from './python-email';

const directory = join(__dirname, 'golden');
const golden = readdirSync(directory)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => join(directory, name));

describe('golden messages', () => {
  test('are there to be read', () => expect(golden.length).toBeGreaterThan(0));
  test('have no defects', () => expect(defectsOf(golden)).toEqual([]));
});
