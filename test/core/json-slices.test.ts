// Pieces of JSON come out exactly as they stood, whatever numbers, escapes and spaces they hold.
import {describe, expect, it} from '@jest/globals';
import fc from '../support/generated';
import {elementTexts, hideMembers, memberText} from '../../core/json-slices';

const text =
  '{ "data" : [ {"n": 1.0, "s": "a\\"]}\\u00e9"} ,{"big":12345678901234567890},"x" , 2.50,null ] , "has_more":true}';

describe('memberText and elementTexts', () => {
  it('keep digits, escapes and spaces', () => {
    expect(elementTexts(memberText(text, 'data') ?? '')).toEqual([
      '{"n": 1.0, "s": "a\\"]}\\u00e9"}',
      '{"big":12345678901234567890}',
      '"x"',
      '2.50',
      'null',
    ]);
    expect(memberText(text, 'has_more')).toBe('true');
  });

  it.each([
    ['{"a":1,"a":2}', 'a', '2'],
    ['{"\\u0061":[]}', 'a', '[]'],
    ['{}', 'a', undefined],
    ['[1]', 'a', undefined],
    ['{"b":{"a":1}}', 'a', undefined],
  ])('find in %s the member %s', (json, name, found) => {
    expect(memberText(json, name)).toBe(found);
  });

  it('agree with JSON.parse on any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 1), (values, space) => {
        const texts = elementTexts(JSON.stringify(values, null, space));
        expect(texts.map((one) => JSON.parse(one) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
      })
    );
  });
});

describe('hideMembers', () => {
  const isHidden = (name: string): boolean => name === 'secrets';

  it.each([
    ['{"a":1, "secrets": {"k":"v}"}, "b":2}', '{"a":1, "secrets": null, "b":2}', ['secrets']],
    ['{"in":[{"secret\\u0073":"v"}]}', '{"in":[{"secret\\u0073":null}]}', ['secrets']],
    ['{"secrets":{},"secrets":1}', '{"secrets":null,"secrets":null}', ['secrets']],
    ['{"a":"secrets", "b":["secrets"]}', '{"a":"secrets", "b":["secrets"]}', []],
  ])('turns %s into %s', (json, expected, hidden) => {
    expect(hideMembers(json, isHidden)).toEqual({text: expected, hidden});
  });
});
