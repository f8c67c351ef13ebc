// The part of mailparser that the tests use; the package has no types of its own.
declare module 'mailparser' {
  export function simpleParser(source: Buffer): Promise<unknown>;
}
