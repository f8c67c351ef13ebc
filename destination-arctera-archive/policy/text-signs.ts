// What a text has at all: most texts lack what most detectors need, which is told far quicker than by looking for it.

/** Spaces and hyphens that word processors put into numbers, those that nobody sees too, and full-width forms. */
const otherForms = /[\u00a0\u00ad\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff\u2010-\u2015\u2212\uff01-\uff5e]/g;

/**
 * Eight digits, each at most three characters behind the one before: an international phone number has as many, all
 * others more, and no detector takes a wider gap. Each repetition is bounded, and none can be read in two ways.
 */
const longNumber = /\d(?:\D{0,3}\d){7}/;
const lettersBeforeDigits = /[A-Za-z]{2}\d{2}/;

/** One text; each sign is looked for when the first detector asks for it. */
export class TextSigns {
  private typed: string | undefined;
  private readonly known = new Map<RegExp, boolean>();

  constructor(private readonly text: string) {}

  /** As it would be typed in ASCII, each character in its place. */
  get asciiForm(): string {
    return (this.typed ??= toAsciiForm(this.text));
  }

  get hasLongNumber(): boolean {
    return this.has(longNumber);
  }

  get hasLettersBeforeDigits(): boolean {
    return this.has(lettersBeforeDigits);
  }

  get hasAt(): boolean {
    return this.asciiForm.includes('@');
  }

  get hasKeyHead(): boolean {
    return this.asciiForm.includes('-----BEGIN');
  }

  private has(sign: RegExp): boolean {
    let isFound = this.known.get(sign);
    if (isFound === undefined) {
      isFound = sign.test(this.asciiForm);
      this.known.set(sign, isFound);
    }
    return isFound;
  }
}

function toAsciiForm(text: string): string {
  if (Buffer.byteLength(text) === text.length) return text; // ASCII, as most texts are, told far quicker than by a search
  return text.replaceAll(otherForms, (character) => {
    const code = character.charCodeAt(0);
    if (code >= 0xff01) return String.fromCharCode(code - 0xfee0);
    return code === 0xad || (code >= 0x2010 && code <= 0x2015) || code === 0x2212 ? '-' : ' ';
  });
}
