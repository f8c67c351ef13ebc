// What CEL expressions said of records that are alike in everything that these expressions name.
import {BoundedMemo} from './bounded-memo';

/** For the expressions that name the same variables. */
const maxMemoBytes = 64 * 1024;

/** As yet unknown, true, or not. */
export type Answers = Int8Array;

/** Expressions that name the same variables. */
export class AlikeExpressions<Name extends string> {
  private count = 0;
  private memo: BoundedMemo<Answers> | undefined;

  constructor(
    readonly number: number,
    readonly names: readonly Name[]
  ) {}

  /** @returns the place of an expression in the answers; all are added before the first is asked */
  add(): number {
    return this.count++;
  }

  /** @param key of the values that the variables have */
  answersFor(key: string): Answers {
    this.memo ??= new BoundedMemo(maxMemoBytes, this.count);
    return this.memo.of(key, () => new Int8Array(this.count));
  }
}

export class ExpressionAnswers<Name extends string = string> {
  private readonly groups = new Map<string, AlikeExpressions<Name>>();

  of(names: Iterable<Name>): AlikeExpressions<Name> {
    const sorted = [...names].sort();
    const key = sorted.join();
    const known = this.groups.get(key) ?? new AlikeExpressions(this.groups.size, sorted);
    this.groups.set(key, known);
    return known;
  }
}
