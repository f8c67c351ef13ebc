// The draft-07 form of our schemas: what the Airbyte platform reads from a zod definition.
import {describe, expect, test} from '@jest/globals';
import * as z from 'zod';
import {toDraft07} from '../../airbyte/json-schema';

const $schema = 'http://json-schema.org/draft-07/schema#';
const anyObject = z.record(z.string(), z.unknown());

const table: readonly {title: string; field: z.ZodType; expected: object}[] = [
  {title: 'a nullable string', field: z.string().nullable(), expected: {type: ['string', 'null']}},
  {title: 'an integer without the bounds of doubles', field: z.number().int(), expected: {type: 'integer'}},
  {
    title: 'bounds of our own',
    field: z.number().int().min(1).max(9),
    expected: {type: 'integer', minimum: 1, maximum: 9},
  },
  {
    title: 'a nullable enum',
    field: z.enum(['a', 'b']).nullable(),
    expected: {type: ['string', 'null'], enum: ['a', 'b', null]},
  },
  {
    title: 'a nullable literal',
    field: z.literal('a').nullable(),
    expected: {type: ['string', 'null'], enum: ['a', null]},
  },
  {title: 'an open object', field: anyObject, expected: {type: 'object', additionalProperties: true}},
  {
    title: 'a nullable open object',
    field: anyObject.nullable(),
    expected: {type: ['object', 'null'], additionalProperties: true},
  },
  {
    title: 'a list of objects',
    field: z.array(z.object({a: z.string()})),
    expected: {type: 'array', items: {type: 'object', properties: {a: {type: 'string'}}, required: ['a']}},
  },
  {
    title: 'a field that is named like a keyword',
    field: z.object({additionalProperties: z.literal(false), enum: z.string()}),
    expected: {
      type: 'object',
      properties: {additionalProperties: {type: 'boolean', const: false}, enum: {type: 'string'}},
      required: ['additionalProperties', 'enum'],
    },
  },
  {
    title: 'a description and a keyword of Airbyte',
    field: z.string().nullable().meta({description: 'A key.', airbyte_secret: true}),
    expected: {type: ['string', 'null'], description: 'A key.', airbyte_secret: true},
  },
  {
    title: 'a union of more than a type and null',
    field: z.union([z.string(), z.array(z.string()), z.null()]),
    expected: {anyOf: [{type: 'string'}, {type: 'array', items: {type: 'string'}}, {type: 'null'}]},
  },
];

describe('toDraft07', () => {
  test.each(table)('converts $title', ({field, expected}) => {
    expect(toDraft07(z.object({field}), 'output')).toEqual({
      $schema,
      type: 'object',
      properties: {field: expected},
      required: ['field'],
    });
  });

  test('makes a field with a default optional on input and present on output', () => {
    const schema = z.object({field: z.string().default('x')});
    expect(toDraft07(schema, 'input')['required']).toBeUndefined();
    expect(toDraft07(schema, 'output')['required']).toEqual(['field']);
  });
});
