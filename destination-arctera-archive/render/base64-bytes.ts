// Decodes base64 that comes in pieces, line ends and all.

export class Base64Bytes {
  private rest = '';

  push(text: string): Buffer {
    const characters = this.rest + text.replace(/[\r\n]+/g, '');
    const whole = characters.length - (characters.length % 4);
    this.rest = characters.slice(whole);
    return Buffer.from(characters.slice(0, whole), 'base64');
  }
}
