// What is remembered of expressions, or told without CEL's library, is what the library says of each record afresh.
import {celEnv, parse, plan} from '@bufbuild/cel';
import {expect, test} from '@jest/globals';
import fc from '../../support/generated';
import {RE2JS} from 're2js';
import {CelRecord, compileExpression, type VariableName} from '../../../destination-arctera-archive/policy/expression';
import {ExpressionAnswers} from '../../../destination-arctera-archive/policy/expression-answers';
import {toRecordFacts} from '../../../destination-arctera-archive/policy/record-facts';
import {ada, recordOf} from './policy-of';

const variables = [
  ...['stream', 'user', 'user_id', 'domain', 'role', 'model', 'gpts', 'projects', 'client', 'tools'],
  ...['temporary_chat', 'title', 'timestamp', 'text', 'files', 'event'],
] as const satisfies readonly VariableName[];

const operands = ['role', 'model', 'title', 'text', 'timestamp', 'user', 'domain', 'stream'].map(
  (name) => `record.${name}`
);
const said = ['user', 'm', '', 'Deal', '2026-03-01T08:00:00.000001Z', 'é', '😀', '\\ud83d', '\\u0000', 'b", "c'].map(
  (text) => `'${text}'`
);
const comparisons = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...operands),
      fc.constantFrom('contains', 'startsWith', 'endsWith', 'matches'),
      fc.constantFrom("'m'", "'Deal'", "''", "'us'")
    )
    .map(([operand, method, text]) => `${operand}.${method}(${text})`),
  fc
    .tuple(fc.constantFrom(...operands), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), fc.constantFrom(...said))
    .map((parts) => parts.join(' '))
);
const others = fc.constantFrom(
  'size(record.files) > 0',
  'record.files.size() == 1',
  "record.files.exists(f, f.name == 'a.pdf')",
  "record.title.matches('De[a-z]l 1') || record.title.matches('(?i)USER')",
  "record.tools.exists(t, t == 'web')",
  "'web' in record.tools",
  "record.gpts == ['g', 'h']",
  'record.temporary_chat',
  "record.event.message.author.model == 'm'",
  "record.event.nothing == 'm'",
  "has(record.text) && record.title != ''",
  "'title' in record",
  "record['model'] == 'm'",
  'size(record.title) > 3',
  "record.model in ['m', 'Deal']",
  'record.role == record.model',
  'true',
  'false',
  '1 / 0 == 1'
);
const {expression: expressions} = fc.letrec<{expression: string}>((again) => ({
  expression: fc.oneof(
    {maxDepth: 4, depthSize: 'medium'},
    comparisons,
    others,
    again('expression').map((inner) => `!(${inner})`),
    fc
      .tuple(again('expression'), fc.constantFrom('&&', '||'), again('expression'))
      .map(([a, by, b]) => `(${a} ${by} ${b})`),
    fc.tuple(again('expression'), again('expression'), again('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`)
  ),
}));
const words = fc.constantFrom('m', 'user', 'Deal 1', '', 'é', '😀', '\ud83d', '\0', '["m","user"]', 'm","user');
const records = fc.record({
  text: words,
  author: fc.record({
    type: fc.constantFrom('user', 'assistant', 'tool'),
    model: words,
    tools_used: fc.array(fc.constantFrom('web', 'web","x', ''), {maxLength: 2}),
  }),
  conversation: fc.record({title: words, gpt_id: words, is_temporary_chat: fc.boolean()}),
  files: fc.constantFrom(
    [],
    [{id: 'f', name: 'a.pdf'}],
    [{id: 'f', name: 'b.pdf'}],
    [
      {id: 'f', name: 'a.pdf'},
      {id: 'g', name: ''},
    ]
  ),
});

test('many expressions are true of the records of which the library says so', () => {
  fc.assert(
    fc.property(
      fc.array(expressions, {minLength: 1, maxLength: 6}),
      fc.array(records, {minLength: 1, maxLength: 6}),
      (texts, events) => {
        const answers = new ExpressionAnswers<VariableName>();
        const compiled = texts.flatMap((text) => {
          try {
            return {text, isTrue: compileExpression(text, answers), plain: byLibrary(text)};
          } catch {
            return []; // such as one that the sample shows to be of no type
          }
        });
        for (const [index, event] of [...events, ...events].entries()) {
          const facts = toRecordFacts(recordOf(event, `e${index}`));
          const record = new CelRecord(facts, ada);
          for (const {text, isTrue, plain} of compiled) {
            expect([text, isTrue(record)]).toEqual([text, plain(new CelRecord(facts, ada))]);
          }
        }
      }
    ),
    {numRuns: 2000}
  );
});

test.each(['contains', 'startsWith', 'endsWith', 'matches'])('%s written as a function fails', (method) => {
  const record = recordOf({text: 'm', author: {type: 'assistant', model: 'm'}});
  const isTrue = (call: string): boolean[] =>
    [compileExpression, byLibrary].map((compile) => {
      // The sample does not come to the call, so the expression is taken.
      const isOne = compile(`record.role == 'assistant' && ${call}`);
      return isOne(new CelRecord(toRecordFacts(record), ada));
    });
  expect(isTrue(`${method}(record.model, 'm')`)).toEqual([false, false]);
  expect(isTrue(`!${method}(record.model, 'x')`)).toEqual([false, false]);
  expect(isTrue(`!(record.model == '' || ${method}(record.model, 'x'))`)).toEqual([false, false]);
  expect(isTrue(`record.model.${method}('m') && !record.model.${method}('x')`)).toEqual([true, true]);
});

test('records of which only all values together are alike are told apart', () => {
  const isTrue = compileExpression("size(record.model) + size(record.title) == 6 && record.model != ''");
  const both = [
    ['m', 'user,'],
    ['m,user', ''],
    ['m,use', ','],
    ['m', ',user'],
    ['m,', 'user'],
    ['m","', 'user'],
  ];
  for (const [model = '', title = ''] of [...both, ...both]) {
    const record = recordOf({author: {type: 'user', model}, conversation: {title}});
    const said = isTrue(new CelRecord(toRecordFacts(record), ada));
    expect([model, title, said]).toEqual([model, title, model.length + title.length === 6]);
  }
  const isLonger = compileExpression('size(record.model) > size(record.title)');
  for (const [model = '', title = ''] of [...both, ...both]) {
    const record = recordOf({author: {type: 'user', model}, conversation: {title}});
    const said = isLonger(new CelRecord(toRecordFacts(record), ada));
    expect([model, title, said]).toEqual([model, title, model.length > title.length]);
  }
});

function byLibrary(text: string): (record: CelRecord) => boolean {
  const evaluate = plan(celEnv({re2: {compile: (pattern) => RE2JS.compile(pattern)}}), parse(text));
  return (record) => evaluate(record.bindings(variables)) === true;
}
