// The regular expressions that a CEL expression names: they come from the expression, never from a record.
import {RE2JS} from 're2js';
import {constantTextOf} from './expression-tree';

/** A pattern that a loop may ask of the same text again and again. */
export class ExpressionPattern {
  private readonly compiled: RE2JS;
  private text: string | undefined;
  private isFound = false;

  constructor(pattern: string) {
    this.compiled = RE2JS.compile(pattern);
  }

  test(text: string): boolean {
    if (text !== this.text) [this.text, this.isFound] = [text, this.compiled.test(text)];
    return this.isFound;
  }
}

/** What `matches` is asked for: known before any record comes, so that no rule fails for ever without a word. */
export function compilePatterns(node: unknown): ReadonlyMap<string, ExpressionPattern> {
  const patterns = new Map<string, ExpressionPattern>();
  const visit = (each: unknown): void => {
    if (typeof each !== 'object' || each === null) return;
    if ('function' in each && each.function === 'matches' && 'args' in each && Array.isArray(each.args)) {
      const pattern = constantTextOf(each.args.at(-1));
      if (pattern === undefined) throw new Error('matches needs a pattern that the expression itself says');
      patterns.set(pattern, new ExpressionPattern(pattern));
    }
    Object.values(each).forEach(visit);
  };
  visit(node);
  return patterns;
}
