// A CEL expression over one record, bounded in time: no nested loops, lists of bounded length, regular expressions of RE2.
import {celEnv, isCelError, parse, plan} from '@bufbuild/cel';
import type {Actor} from './actors';
import {type AlikeExpressions, type Answers, ExpressionAnswers} from './expression-answers';
import {compilePatterns, ExpressionPattern} from './expression-patterns';
import {conjunctsOf, isRecord} from './expression-tree';
import type {RecordFacts} from './record-facts';
import {compileTextExpression} from './text-expression';
import {toDomain} from './user-selector';

/** True when the expression is true of the record; an expression that fails on a record is not. */
export type Expression = (record: CelRecord) => boolean;

/** One record as expressions see it: each variable is made when the first expression asks for it. */
export class CelRecord {
  private variables: Map<string, CelValue> | undefined;
  private readonly answers: (Answers | null | undefined)[] = [];

  constructor(
    private readonly facts: RecordFacts,
    private readonly owner: Actor
  ) {}

  bindings(names: Iterable<VariableName>): {readonly record: Map<string, CelValue>} {
    const record = (this.variables ??= new Map<string, CelValue>());
    for (const name of names) if (!record.has(name)) record.set(name, toVariable[name](this.facts, this.owner));
    return {record};
  }

  textOf(name: TextVariable): string {
    return toVariable[name](this.facts, this.owner);
  }

  /** What is known of records that are like this one in what some expressions name; undefined when hardly any are. */
  answersOf(alike: AlikeExpressions<VariableName>): Answers | undefined {
    let answers = this.answers[alike.number];
    if (answers === undefined) {
      const hasFiles = alike.names.includes('files') && this.facts.files.length > 0;
      const toKey = (): string => JSON.stringify(alike.names.map((name) => toVariable[name](this.facts, this.owner)));
      answers = this.answers[alike.number] = hasFiles ? null : alike.answersFor(toKey());
    }
    return answers ?? undefined;
  }
}

const maxElements = 1000;
const maxDepth = 20;

type CelValue = string | number | boolean | null | bigint | CelValue[] | Map<string, CelValue>;

/** Throws an error with a readable message when the expression is not CEL, can run long, or does not say yes or no. */
export function compileExpression(
  text: string,
  known: ExpressionAnswers<VariableName> = new ExpressionAnswers()
): Expression {
  const parsed = parse(text);
  if (loopDepth(parsed.expr) > 1) throw new Error('it has a loop inside a loop');
  const patterns = compilePatterns(parsed.expr);
  const compile = (pattern: string): ExpressionPattern => patterns.get(pattern) ?? new ExpressionPattern(pattern);
  const env = celEnv({re2: {compile}});
  const toPlan = (expr: typeof parsed.expr): Plan => plan(env, expr);
  const evaluate = toPlan(parsed.expr);
  const names = variablesOf(parsed.expr);
  const sample = evaluate(new CelRecord(sampleFacts, sampleOwner).bindings(names));
  if (typeof sample !== 'boolean' && !isCelError(sample)) throw new Error('it does not say true or false');
  if (
    isCelError(sample) &&
    /found no matching (?:overload|function)|unresolved|identifier|unbound/i.test(sample.message)
  ) {
    throw new Error(sample.message);
  }
  const parts = conjunctsOf(parsed.expr).map((expr): Expression => {
    const plain = compileTextExpression(expr, isTextVariable, patterns);
    if (plain !== undefined) return plain;
    return remembered(toPlan(expr), variablesOf(expr), known);
  });
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : (record) => parts.every((isTrue) => isTrue(record));
}

type Plan = (bindings: {record: Map<string, CelValue>}) => unknown;

/** Evaluates once for all records that are alike in what is named, where many are. */
function remembered(
  evaluate: Plan,
  names: ReadonlySet<VariableName>,
  known: ExpressionAnswers<VariableName>
): Expression {
  const isTrue: Expression = (record) => evaluate(record.bindings(names)) === true;
  if ([...names].some((name) => seldomAlike.has(name))) return isTrue;
  const alike = known.of(names);
  const place = alike.add();
  return (record) => {
    const answers = record.answersOf(alike);
    if (answers === undefined) return isTrue(record);
    if (answers[place] === 0) answers[place] = isTrue(record) ? 1 : -1;
    return answers[place] === 1;
  };
}

/** How many comprehensions lie within each other; the tree is walked by its shape, whatever a node is called. */
function loopDepth(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  const inner = Object.values(node).reduce<number>((deepest, each) => Math.max(deepest, loopDepth(each)), 0);
  return 'case' in node && node.case === 'comprehensionExpr' ? inner + 1 : inner;
}

/** The members of `record` that an expression names; all of them where it asks for `record` as a whole. */
function variablesOf(node: unknown): ReadonlySet<VariableName> {
  const named = new Set<VariableName>();
  const visit = (each: unknown): void => {
    if (typeof each !== 'object' || each === null) return;
    if (isRecord(each)) return variableNames.forEach((name) => named.add(name));
    if ('operand' in each && 'field' in each && isRecord(each.operand)) {
      const name = variableNames.find((known) => known === each.field);
      if (name === undefined) throw new Error(`record has no ${JSON.stringify(each.field)}`); // it would never be true
      named.add(name);
      return;
    }
    Object.values(each).forEach(visit);
  };
  visit(node);
  return named;
}

const toVariable = {
  stream: ({stream}) => stream,
  user: (_, {email}) => email ?? '',
  user_id: (_, {id}) => id,
  domain: (_, {email}) => toDomain(email) ?? '',
  role: ({role}) => role,
  model: ({model}) => model ?? '',
  gpts: ({gpts}) => toList(gpts),
  projects: ({projects}) => toList(projects),
  client: ({client}) => client ?? '',
  tools: ({tools}) => toList(tools),
  temporary_chat: ({isTemporaryChat}) => isTemporaryChat,
  title: ({title}) => title,
  timestamp: ({timestamp}) => timestamp ?? '',
  text: ({text}) => text,
  files: ({files}) =>
    files.slice(0, maxElements).map(
      ({id, name, type, size}): CelValue =>
        new Map<string, CelValue>([
          ['id', id],
          ['name', name],
          ['type', type],
          ['size', BigInt(size ?? 0)],
        ])
    ),
  event: ({data}) => toCel(data, 0),
} as const satisfies Record<string, (facts: RecordFacts, owner: Actor) => CelValue>;

export type VariableName = keyof typeof toVariable;

type TextVariable = {
  [Name in VariableName]: (typeof toVariable)[Name] extends (...facts: never[]) => string ? Name : never;
}[VariableName];

const textVariables: Readonly<Record<TextVariable, true>> = {
  ...{stream: true, user: true, user_id: true, domain: true, role: true},
  ...{model: true, client: true, title: true, timestamp: true, text: true},
};

function isTextVariable(name: string): name is TextVariable {
  return Object.hasOwn(textVariables, name);
}

/** Hardly two records have the same; without files all do. */
const seldomAlike: ReadonlySet<VariableName> = new Set(['timestamp', 'text', 'event']);

const variableNames = Object.keys(toVariable) as VariableName[];

function toList(values: readonly string[]): CelValue[] {
  return values.slice(0, maxElements);
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
  role: 'user',
  model: 'model',
  gpts: ['gpt'],
  projects: ['project'],
  client: 'client',
  tools: ['tool'],
  isTemporaryChat: false,
  title: 'title',
  timestamp: '2026-01-01T00:00:00Z',
  time: '2026-01-01T00:00:00.000000Z',
  files: [{id: 'file', name: 'a.pdf', type: 'pdf', size: 1}],
  text: 'text',
  data: {},
};
