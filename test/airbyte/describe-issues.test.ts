// The words for what is wrong with a configuration: one for each field, none with a value in it.
import {expect, test} from '@jest/globals';
import * as z from 'zod';
import {describeIssues} from '../../airbyte/describe-issues';

const folder = z.strictObject({type: z.literal('folder'), path: z.string().min(1)});
const mail = z.strictObject({type: z.literal('mail'), port: z.int().min(1).max(65_535)});
const schema = z.object({
  target: z.discriminatedUnion('type', [folder, mail]).optional(),
  ledger: z.union([z.string(), z.strictObject({url: z.string(), pool: z.number()})]).optional(),
  mode: z.enum(['day', 'message']).optional(),
  rules: z
    .array(z.strictObject({id: z.string().regex(/^r\d$/)}))
    .max(2)
    .optional(),
  ratio: z.number().gt(0).lt(1).optional(),
  zone: z
    .string()
    .refine((zone) => zone === 'UTC', 'must be a time zone')
    .optional(),
  on: z.boolean().optional(),
  colours: z.record(z.string().regex(/^[a-z]+$/), z.number()).optional(),
});

const table: [given: object, texts: string[]][] = [
  [{target: {type: 'tape'}}, ['target.type: must be one of "folder", "mail"']],
  [{target: {}}, ['target.type: is required, and must be one of "folder", "mail"']],
  [{target: {type: 'folder'}}, ['target.path: is required, and must be a text']],
  [{target: {type: 'folder', path: ''}}, ['target.path: must not be empty']],
  [
    {target: {type: 'mail', port: 0, host: 'a', user: 'b'}},
    [
      'target.port: must be at least 1',
      'target.host: is not a field the connector knows',
      'target.user: is not a field the connector knows',
    ],
  ],
  [{target: {type: 'mail', port: 1.5}}, ['target.port: must be a whole number']],
  [{target: 'folder'}, ['target: must be an object']],
  [{ledger: 5}, ['ledger: must be a text, or must be an object']],
  [{ledger: {url: 'u', pool: 'x'}}, ['ledger.pool: must be a number']],
  [{ledger: {url: 'u', pool: 1, size: 2}}, ['ledger.size: is not a field the connector knows']],
  [{mode: 'week'}, ['mode: must be one of "day", "message"']],
  [{rules: [{id: 'r1'}, {id: 2}]}, ['rules.1.id: must be a text']],
  [{rules: [{id: 'r1'}, {id: 'r2'}, {id: 'r3'}]}, ['rules: must have at most 2 members']],
  [{rules: [{id: 'x'}]}, ['rules.0.id: must be of the format /^r\\d$/']],
  [{rules: {}}, ['rules: must be a list']],
  [{ratio: 0}, ['ratio: must be more than 0']],
  [{ratio: 1}, ['ratio: must be less than 1']],
  [{zone: 'secret-value'}, ['zone: must be a time zone']],
  [{on: 'yes'}, ['on: must be true or false']],
  [
    {colours: {Red: 1, blue: 'x'}},
    ['colours.Red: is not a name this field may have', 'colours.blue: must be a number'],
  ],
  [{target: {type: 'folder', path: 'p', 'a\nb': 1}}, ['target."a\\nb": is not a field the connector knows']],
];

test.each(table)('%j', (given, texts) => {
  const issues = schema.safeParse(given).error?.issues ?? [];
  expect([...describeIssues(issues, given)].sort()).toEqual([...texts].sort());
});
