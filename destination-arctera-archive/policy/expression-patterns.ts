// The regular expressions that a CEL expression names: they come from the expression, never from a record.
import {RE2JS} from 're2js';
import {toComposed} from './composition';
import {constantTextOf} from './expression-tree';
import {foldText, requiredLiteral} from './required-literal';

/** A pattern that a loop may ask of the same text again and again. */
export class ExpressionPattern {
  private readonly compiled: RE2JS;
  /** Without which it does not occur: to look for it is far quicker. */
  private readonly literal: string | undefined;
  private text: string | undefined;
  private isFound = false;

  constructor(pattern: string) {
    const composed = pattern.normalize('NFC');
    this.compiled = RE2JS.compile(composed);
    this.literal = requiredLiteral(composed);
  }

  test(text: string): boolean {
    if (text !== this.text) {
      const composed = toComposed(text);
      this.isFound = this.isIn(text) || (composed !== text && this.isIn(composed));
      this.text = text;
    }
    return this.isFound;
  }

  private isIn(text: string): boolean {
    const mayOccur = this.literal === undefined || foldText(text).includes(this.literal);
    return mayOccur && this.compiled.test(text);
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
