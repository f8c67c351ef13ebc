// A CEL expression over one record, bounded in time: no nested loops, lists of bounded length, regular expressions of RE2.
import {celEnv, isCelError, parse, plan} from '@bufbuild/cel';
import {RE2JS} from 're2js';
import type {Actor} from './actors';
import type {RecordFacts} from './record-facts';
import {toDomain} from './user-selector';

/** True when the expression is true of the record; an expression that fails on a record is not. */
export type Expression = (facts: RecordFacts, owner: Actor) => boolean;

const maxElements = 1000;
const maxDepth = 20;

type CelValue = string | number | boolean | null | bigint | CelValue[] | Map<string, CelValue>;

/** Throws an error with a readable message when the expression is not CEL, can run long, or does not say yes or no. */
export function compileExpression(text: string): Expression {
  const parsed = parse(text);
  if (loopDepth(parsed.expr) > 1) throw new Error('it has a loop inside a loop');
  const evaluate = plan(celEnv({re2: {compile: (pattern) => RE2JS.compile(pattern)}}), parsed) as (bindings: {
    record: Map<string, CelValue>;
  }) => unknown;
  const sample = evaluate({record: toVariables(sampleFacts, sampleOwner)});
  if (typeof sample !== 'boolean' && !isCelError(sample)) throw new Error('it does not say true or false');
  if (
    isCelError(sample) &&
    /found no matching (?:overload|function)|unresolved|identifier|unbound/i.test(sample.message)
  ) {
    throw new Error(sample.message);
  }
  return (facts, owner) => evaluate({record: toVariables(facts, owner)}) === true;
}

/** How many comprehensions lie within each other; the tree is walked by its shape, whatever a node is called. */
function loopDepth(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  const inner = Object.values(node).reduce<number>((deepest, each) => Math.max(deepest, loopDepth(each)), 0);
  return 'case' in node && node.case === 'comprehensionExpr' ? inner + 1 : inner;
}

function toVariables(facts: RecordFacts, owner: Actor): Map<string, CelValue> {
  const list = (values: readonly string[]): CelValue[] => values.slice(0, maxElements);
  const files = facts.files.slice(0, maxElements).map(
    ({id, name, type, size}): CelValue =>
      new Map<string, CelValue>([
        ['id', id],
        ['name', name],
        ['type', type],
        ['size', BigInt(size ?? 0)],
      ])
  );
  return new Map<string, CelValue>([
    ['stream', facts.stream],
    ['user', owner.email ?? ''],
    ['user_id', owner.id],
    ['domain', toDomain(owner.email) ?? ''],
    ['role', facts.role],
    ['model', facts.model ?? ''],
    ['gpts', list(facts.gpts)],
    ['projects', list(facts.projects)],
    ['client', facts.client ?? ''],
    ['tools', list(facts.tools)],
    ['temporary_chat', facts.isTemporaryChat],
    ['title', facts.title],
    ['timestamp', facts.timestamp ?? ''],
    ['text', facts.text],
    ['files', files],
    ['event', toCel(facts.data, 0)],
  ]);
}

function toCel(value: unknown, depth: number): CelValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null || depth > maxDepth) return null;
  if (Array.isArray(value)) return value.slice(0, maxElements).map((each) => toCel(each, depth + 1));
  const entries = Object.entries(value).slice(0, maxElements);
  return new Map(entries.map(([key, each]) => [key, toCel(each, depth + 1)]));
}

const sampleOwner: Actor = {
  id: 'user-1',
  name: undefined,
  email: 'a@b.test',
  collectorEmail: 'a@b.test',
  isMonitored: true,
  isUnmapped: false,
};

const sampleFacts: RecordFacts = {
  stream: 'messages',
  recordId: 'sample',
  userId: 'user-1',
  userEmail: 'a@b.test',
  role: 'user',
  model: 'model',
  gpts: ['gpt'],
  projects: ['project'],
  client: 'client',
  tools: ['tool'],
  isTemporaryChat: false,
  title: 'title',
  timestamp: '2026-01-01T00:00:00Z',
  files: [{id: 'file', name: 'a.pdf', type: 'pdf', size: 1}],
  text: 'text',
  data: {},
};
