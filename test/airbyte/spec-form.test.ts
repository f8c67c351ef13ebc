// Every published rule of Airbyte's connector form, held for the specs of both connectors.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import type * as z from 'zod';
import {published as destination} from '../../destination-arctera-archive/published';
import {published as source} from '../../source-chatgpt-enterprise/published';
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

/** Every schema of the form: the fields, what lists hold, and the options of a choice. */
function* formSchemas(schema: Schema, path = ''): Generator<{path: string; schema: Schema}> {
  yield {path, schema};
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* formSchemas(field, `${path}.${name}`);
  if (schema.items !== undefined) yield* formSchemas(schema.items, `${path}[]`);
  for (const [index, option] of (schema.oneOf ?? []).entries()) yield* formSchemas(option, `${path}|${index}`);
}

/** Every keyword that the form knows, or passes over without harm. */
const known = new Set(
  (
    '$schema type title description examples default order group groups airbyte_secret airbyte_hidden always_show multiline ' +
    'const enum pattern pattern_descriptor minimum maximum exclusiveMinimum minLength maxLength minItems format items ' +
    'properties required additionalProperties oneOf display_type'
  ).split(' ')
);

describe.each(['source-chatgpt-enterprise', 'destination-arctera-archive'])('the form of %s', (connector) => {
  const text = readFileSync(join(root, 'spec', `${connector}.json`), 'utf8');
  const spec = (JSON.parse(text) as {connectionSpecification: Schema}).connectionSpecification;
  const places = [...placesOf(spec, '', false)];
  const failing = (isWrong: (place: Place) => boolean): string[] => places.filter(isWrong).map(({path}) => path);
  const schemas = [...formSchemas(spec)];
  const odd = (isWrong: (schema: Schema) => boolean): string[] =>
    schemas.filter(({schema}) => isWrong(schema)).map(({path}) => path);

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
    for (const {schema} of formSchemas(spec))
      if ('pattern' in schema) expect(() => new RegExp(String(schema['pattern']))).not.toThrow();
    expect(failing(({schema}) => 'pattern' in schema && typeof schema['pattern_descriptor'] !== 'string')).toEqual([]);
  });

  test("patterns mean the same to Java, whose classes nest: the platform checks what the form saves by Java's", () => {
    const classes = (pattern: string): string[] => pattern.match(/\[(?:[^\\\]]|\\.)*\]/g) ?? [];
    const isNested = (each: string): boolean => /\[|&&/.test(each.slice(1).replace(/\\./g, ''));
    expect(classes('^[^[]$').filter(isNested)).toEqual(['[^[]']);
    expect(odd(({pattern}) => typeof pattern === 'string' && classes(pattern).some(isNested))).toEqual([]);
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

  test('every keyword is one that the form knows', () => {
    expect(odd((schema) => Object.keys(schema).some((keyword) => !known.has(keyword)))).toEqual([]);
  });

  test('types are single, or one beside null', () => {
    const isOddType = ({type, oneOf}: Schema): boolean =>
      Array.isArray(type) ? type.length !== 2 || type[1] !== 'null' : typeof type !== 'string' && oneOf === undefined;
    expect(odd(isOddType)).toEqual([]);
  });

  test('lists hold one kind of text, number or object', () => {
    const isOddList = ({type, items}: Schema): boolean =>
      type === 'array' && !['string', 'number', 'integer', 'object'].includes(String(items?.['type']));
    expect(odd(isOddList)).toEqual([]);
  });

  test('no object is empty, and what an object requires is there', () => {
    const isOddObject = ({type, properties, oneOf}: Schema): boolean =>
      type === 'object' && oneOf === undefined && Object.keys(properties ?? {}).length === 0;
    expect(odd(isOddObject)).toEqual([]);
    expect(odd(({required = [], properties = {}}) => required.some((name) => !(name in properties)))).toEqual([]);
  });

  test('choices are of distinct values, and each option of its own constant', () => {
    const isOddEnum = ({enum: values}: Schema): boolean =>
      values !== undefined && (!Array.isArray(values) || values.length === 0 || new Set(values).size !== values.length);
    expect(odd(isOddEnum)).toEqual([]);
    const isOddChoice = ({oneOf = []}: Schema): boolean => {
      const constants = oneOf.flatMap(({properties = {}}) =>
        Object.values(properties).flatMap(({const: c}) => c ?? [])
      );
      return new Set(constants).size !== oneOf.length || oneOf.some(({title}) => typeof title !== 'string');
    };
    expect(odd(isOddChoice)).toEqual([]);
    expect(odd(({display_type: shown}) => ![undefined, 'dropdown', 'radio'].includes(shown as string))).toEqual([]);
  });

  test('a constant is required, or the option could not be told', () => {
    const isLoose = ({oneOf = []}: Schema): boolean =>
      oneOf.some(({properties = {}, required = []}) =>
        Object.entries(properties).some(([name, field]) => 'const' in field && !required.includes(name))
      );
    expect(odd(isLoose)).toEqual([]);
  });

  test('every example and default fits the pattern, choice and bounds beside it', () => {
    const fits = (schema: Schema, value: unknown): boolean => {
      const {
        pattern,
        enum: values,
        minimum,
        maximum,
      } = schema as Partial<Record<'minimum' | 'maximum', number>> & {
        readonly pattern?: string;
        readonly enum?: readonly unknown[];
      };
      if (Array.isArray(value)) return value.every((each) => fits(schema.items ?? {}, each));
      if (values?.includes(value) === false) return false;
      if (typeof value === 'string') return pattern === undefined || new RegExp(pattern, 'u').test(value);
      return typeof value !== 'number' || !(value < (minimum ?? -Infinity) || value > (maximum ?? Infinity));
    };
    const misfits = (schema: Schema): boolean =>
      [...((schema['examples'] ?? []) as unknown[]), ...('default' in schema ? [schema['default']] : [])].some(
        (value) => !fits(schema, value)
      );
    expect(odd(misfits)).toEqual([]);
  });

  test('every example is taken as it stands', () => {
    const {configSchema} = connector.startsWith('source') ? source : destination;
    const fields: Readonly<Record<string, z.ZodType>> = configSchema.shape;
    const refused = Object.entries(spec.properties ?? {}).flatMap(([name, field]) =>
      ((field['examples'] ?? []) as unknown[]).filter((value) => fields[name]?.safeParse(value).success !== true)
    );
    expect(refused).toEqual([]);
  });

  test('dates have a pattern beside their format', () => {
    expect(odd(({format, pattern}) => /^date/.test(String(format)) && pattern === undefined)).toEqual([]);
  });

  test('a length that the form does not check is said in words', () => {
    const isUntold = (schema: Schema): boolean => {
      const words = `${String(schema['description'])} ${String(schema['pattern_descriptor'])}`.replaceAll(',', '');
      const limits = [schema['minLength'], schema['maxLength']].filter((limit) => limit !== undefined && limit !== 1);
      return limits.some((limit) => !words.includes(String(limit)));
    };
    expect(odd(isUntold)).toEqual([]);
  });

  test('what is required is not also marked as always shown, and nothing required is hidden', () => {
    const isOdd = ({required = [], properties = {}}: Schema): boolean =>
      required.some(
        (name) => properties[name]?.['always_show'] === true || properties[name]?.['airbyte_hidden'] === true
      );
    expect(odd(isOdd)).toEqual([]);
  });

  test('only texts have several lines or are secrets', () => {
    const isOdd = (schema: Schema): boolean =>
      (schema['multiline'] === true || schema['airbyte_secret'] === true) && schema['type'] !== 'string';
    expect(odd(isOdd)).toEqual([]);
  });

  test('nothing but what cannot be guessed is required', () => {
    expect(spec.required).toEqual(connector.startsWith('source') ? ['workspace_id', 'api_key'] : ['target']);
  });
});
