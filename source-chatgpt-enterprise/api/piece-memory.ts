// Memory of the pieces of files, used again when a piece has left: new memory for each would call for collections.
import {chunkBytes} from '../../contract/files';

/** As many as are on their way of the file whose turn it is, and a few of those behind it. */
const maxSpare = 8;

export class PieceMemory {
  private readonly spare: Buffer[] = [];

  /** One whole piece. */
  join(parts: readonly Buffer[]): Buffer {
    const piece = this.spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
    let filled = 0;
    for (const part of parts) filled += part.copy(piece, filled);
    return piece;
  }

  /** Nobody looks at the piece any more. One that never comes back is only garbage. */
  giveBack(piece: Buffer): void {
    if (piece.length === chunkBytes && this.spare.length < maxSpare) this.spare.push(piece);
  }
}
