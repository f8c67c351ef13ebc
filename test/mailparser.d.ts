// The part of mailparser that the tests use; the package has no types of its own.
declare module 'mailparser' {
  export interface ParsedMail {
    readonly subject?: string;
    readonly text?: string;
    readonly html?: string | false;
    readonly headers: ReadonlyMap<string, unknown>;
    readonly attachments: readonly {readonly filename?: string; readonly content: Buffer}[];
  }

  export interface ParserOptions {
    readonly skipHtmlToText?: boolean;
    readonly skipTextToHtml?: boolean;
    readonly skipImageLinks?: boolean;
  }

  export function simpleParser(source: Buffer, options?: ParserOptions): Promise<ParsedMail>;
}
