// Which of many pieces of plain text occur in a text, in any case: one pass, however many there are.
import {Automaton, type Classes} from './automaton';

/** A piece is told by its beginning. */
const maxLength = 16;
/** Four bytes each: enough for a thousand pieces. */
const maxCells = 1024 * 1024;

export class LiteralSearch {
  private readonly automaton: Automaton | undefined;
  private readonly classes: Classes | undefined;

  /** @param literals as `foldText` writes them, ASCII */
  constructor(private readonly literals: readonly string[]) {
    try {
      this.automaton = new Automaton(
        literals.map((literal) => literal.slice(0, maxLength)),
        maxCells
      );
      this.classes = this.automaton.unknownClasses();
    } catch {
      // So many that each is looked for by whoever asks about it.
    }
  }

  /** Numbers of the literals that may occur in a text. */
  in(text: string): ReadonlySet<number> {
    const {automaton, classes} = this;
    if (automaton === undefined || classes === undefined) return new Set(this.literals.keys());
    const found: number[] = [];
    automaton.begin();
    automaton.run(text, 0, classes, (unit) => automaton.classOf(fold(unit)), found);
    return found.length === 0 ? none : new Set(found);
  }
}

const none: ReadonlySet<number> = new Set();

/** The letter that RE2 takes a unit for whatever its case, if it is one of ASCII. */
function fold(unit: number): string {
  const character = String.fromCharCode(unit);
  return character === '\u017f' ? 's' : character.toLowerCase();
}
