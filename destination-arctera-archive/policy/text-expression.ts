// Expressions that do no more than compare texts of a record with texts that they say, as plain functions: they cannot fail.
import type {ExpressionPattern} from './expression-patterns';
import {callOf, constantTextOf, memberOfRecord} from './expression-tree';

export interface Texts<Name extends string> {
  textOf(name: Name): string;
}

type Comparisons = Readonly<Record<string, (text: string, said: string) => boolean>>;

/** As the standard library of CEL does it. */
const methods: Comparisons = {
  contains: (text, said) => text.includes(said),
  startsWith: (text, said) => text.startsWith(said),
  endsWith: (text, said) => text.endsWith(said),
};
const operators: Comparisons = {
  '_==_': (text, said) => text === said,
  '_!=_': (text, said) => text !== said,
  '_<_': (text, said) => text < said,
  '_<=_': (text, said) => text <= said,
  '_>_': (text, said) => text > said,
  '_>=_': (text, said) => text >= said,
};

/**
 * Undefined where the expression does anything else.
 * @param isText whether a member of `record` is a text
 */
export function compileTextExpression<Name extends string>(
  node: unknown,
  isText: (name: string) => name is Name,
  patterns: ReadonlyMap<string, ExpressionPattern>
): ((texts: Texts<Name>) => boolean) | undefined {
  const call = callOf(node);
  if (call === undefined) return undefined;
  const {name: operation, args, isMethod} = call;
  if (operation === '!_' || operation === '_&&_' || operation === '_||_') {
    const parts = args.map((arg) => compileTextExpression(arg, isText, patterns));
    const [first, second] = parts;
    if (first === undefined) return undefined;
    if (operation === '!_') return (texts) => !first(texts);
    if (second === undefined) return undefined;
    if (operation === '_&&_') return (texts) => first(texts) && second(texts);
    return (texts) => first(texts) || second(texts);
  }
  const name = memberOfRecord(args[0]);
  const said = constantTextOf(args[1]);
  if (args.length !== 2 || name === undefined || said === undefined || !isText(name)) return undefined;
  const pattern = isMethod && operation === 'matches' ? patterns.get(said) : undefined;
  if (pattern !== undefined) return (texts) => pattern.test(texts.textOf(name));
  const comparisons = isMethod ? methods : operators;
  const compare = Object.hasOwn(comparisons, operation) ? comparisons[operation] : undefined;
  return compare && ((texts) => compare(texts.textOf(name), said));
}
