// Every published rule of Airbyte's connector form, held for the specs of both connectors.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {root} from '../source-files';

interface Schema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly groups?: readonly {readonly id: string; readonly title: string}[];
}

interface Place {
  readonly path: string;
  readonly schema: Schema;
  /** Below `oneOf`, `items` or an optional object, where a default would leak. */
  readonly isConditional: boolean;
  /** The choice of one of several options, which the form shows by itself. */
  readonly isOptionType: boolean;
}

const secretNames = new Set(
  (
    'password token secret key credentials certificate jwt tenant_id app_id appid service_account service_account_info ' +
    'client_secret client_token access_token api_token refresh_token api_key'
  ).split(' ')
);
const forbidden = [
  'allOf',
  'anyOf',
  'not',
  'if',
  'then',
  'else',
  'patternProperties',
  'prefixItems',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  '$ref',
];

/** Every field, with the schemas of list members and options. */
function* placesOf(schema: Schema, path: string, isConditional: boolean): Generator<Place> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(name) === true;
    const isOptionType = 'const' in field;
    yield {path: `${path}.${name}`, schema: field, isConditional, isOptionType};
    const isOptionalObject = field['type'] === 'object' && !isRequired;
    yield* placesOf(field, `${path}.${name}`, isConditional || isOptionalObject);
    if (field.items !== undefined) yield* placesOf(field.items, `${path}.${name}[]`, true);
  }
  for (const [index, option] of (schema.oneOf ?? []).entries()) yield* placesOf(option, `${path}|${index}`, true);
}

function* schemasOf(value: unknown): Generator<Schema> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Schema;
  for (const each of Object.values(value)) yield* schemasOf(each);
}

function siblingsOf(schema: Schema): (readonly Schema[])[] {
  return [...schemasOf(schema)].flatMap(({properties}) =>
    typeof properties === 'object' ? [Object.values(properties)] : []
  );
}

describe.each(['source-chatgpt-enterprise', 'destination-arctera-archive'])('the form of %s', (connector) => {
  const text = readFileSync(join(root, 'spec', `${connector}.json`), 'utf8');
  const spec = (JSON.parse(text) as {connectionSpecification: Schema}).connectionSpecification;
  const places = [...placesOf(spec, '', false)];
  const failing = (isWrong: (place: Place) => boolean): string[] => places.filter(isWrong).map(({path}) => path);

  test('every field has a title and a description of one sentence', () => {
    expect(failing(({schema}) => typeof schema['title'] !== 'string' || schema['title'] === '')).toEqual([]);
    const isSentences = ({schema}: Place): boolean => !/^[A-Z][^\n]*[.]$/.test(String(schema['description']));
    expect(failing(isSentences)).toEqual([]);
  });

  test('every field has an order, and no two beside each other have the same', () => {
    expect(failing(({schema}) => typeof schema['order'] !== 'number')).toEqual([]);
    for (const siblings of siblingsOf(spec)) {
      const orders = siblings.map(({order}) => order);
      expect(new Set(orders).size).toBe(orders.length);
    }
  });

  test('groups are declared, used, and only at the top', () => {
    const {groups = []} = spec;
    const top = Object.values(spec.properties ?? {});
    const named = new Set(top.flatMap(({group}) => (typeof group === 'string' ? [group] : [])));
    expect([...named].sort()).toEqual(groups.map(({id}) => id).sort());
    if (groups.some(({id}) => id === 'advanced')) expect(groups.at(-1)?.id).toBe('advanced');
    if (groups.length > 0) expect(top.filter(({group}) => group === undefined)).toEqual([]);
    expect(failing(({path, schema}) => 'group' in schema && path.lastIndexOf('.') > 0)).toEqual([]);
  });

  test('texts, numbers and lists have examples, unless a default or a choice shows what to enter', () => {
    const needsExample = ({schema}: Place): boolean =>
      ['string', 'number', 'integer', 'array'].includes(String(schema['type'])) &&
      !['enum', 'const', 'default', 'examples', 'airbyte_secret'].some((keyword) => keyword in schema);
    expect(failing(needsExample)).toEqual([]);
  });

  test('patterns compile, and the form says in words what they ask for', () => {
    for (const {schema} of places)
      if ('pattern' in schema) expect(() => new RegExp(String(schema['pattern']))).not.toThrow();
    expect(failing(({schema}) => 'pattern' in schema && typeof schema['pattern_descriptor'] !== 'string')).toEqual([]);
  });

  test('secrets are marked', () => {
    const isBare = ({path, schema}: Place): boolean =>
      secretNames.has(path.split('.').at(-1) ?? '') &&
      ['string', 'number'].includes(String(schema['type'])) &&
      schema['airbyte_secret'] !== true;
    expect(failing(isBare)).toEqual([]);
  });

  test('no default lies where it would leak: under options, list members or optional objects', () => {
    expect(failing(({schema, isConditional}) => isConditional && 'default' in schema)).toEqual([]);
  });

  test('options are objects that share exactly one constant, without default or enum', () => {
    for (const {oneOf, type} of [spec, ...places.map(({schema}) => schema)]) {
      if (oneOf === undefined) continue;
      expect(type).toBe('object');
      const constants = oneOf.map(({properties = {}}) =>
        Object.entries(properties).flatMap(([name, field]) => ('const' in field ? [name] : []))
      );
      for (const names of constants) expect(names).toEqual(constants[0]);
      expect(constants[0]).toHaveLength(1);
    }
    expect(failing(({schema}) => 'const' in schema && ('default' in schema || 'enum' in schema))).toEqual([]);
  });

  test('no keyword is used that the form does not know', () => {
    for (const schema of schemasOf({...spec, examples: undefined})) {
      if ('properties' in schema || 'type' in schema)
        expect(forbidden.filter((keyword) => keyword in schema)).toEqual([]);
      if ('additionalProperties' in schema && typeof schema['additionalProperties'] === 'boolean') {
        expect(schema['additionalProperties']).toBe(true);
      }
    }
    const isOddList = ({schema}: Place): boolean => schema['type'] === 'array' && schema.items === undefined;
    expect(failing(isOddList)).toEqual([]);
    expect(
      failing(({schema}) => schema['type'] === 'object' && !('properties' in schema || 'oneOf' in schema))
    ).toEqual([]);
  });

  test('nothing but what cannot be guessed is required', () => {
    expect(spec.required).toEqual(connector.startsWith('source') ? ['workspace_id', 'api_key'] : ['target']);
  });
});
