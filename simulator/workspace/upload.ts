// A file that the workspace holds or once held, and what a request for it must answer.
import {needsConversation, pickFileType, pickSize, type FileType} from '../content/upload-bytes';
import type {Topic} from '../content/phrases';
import type {Random} from '../random';
import {sha256Hex} from '../../core/digest';

export type UploadPlace = 'user' | 'library' | 'project' | 'gpt';
export type UploadOutcome = 'captured' | 'expired' | 'not_found' | 'forbidden';

const bulkType: FileType = {
  ending: 'bin',
  mimeType: 'application/octet-stream',
  weight: 0,
  write: (random, size) => random.bytes(size),
};
const bulkPatternBytes = 1_000_003;

export class Upload {
  readonly fileId: string;
  readonly libraryFileId: string;
  readonly name: string;
  readonly type: FileType;
  private readonly wantedSize: number;
  private digest?: {readonly size: number; readonly sha256: string};

  constructor(
    private readonly random: Random,
    private readonly topic: Topic,
    readonly place: UploadPlace,
    readonly ownerId: string,
    readonly uploadedMicros: number,
    /** Where it was uploaded; undefined for knowledge of a GPT or project. */
    readonly conversationId: string | undefined,
    /** What has become of it, apart from age. */
    readonly fate: 'kept' | 'not_found' | 'forbidden',
    /** Size of a file that is there to be large; undefined for files as people upload them. */
    private readonly bulkBytes?: number
  ) {
    this.fileId = `file-${random.alphanumeric(24)}`;
    this.libraryFileId = `libfile_${random.hex(24)}`;
    this.type = bulkBytes === undefined ? pickFileType(random) : bulkType;
    this.name = `${random.pick(topic.files)}-${random.int(1, 99)}.${this.type.ending}`;
    this.wantedSize = pickSize(random);
  }

  get needsConversation(): boolean {
    return this.place === 'user' && needsConversation(this.type);
  }

  outcome(nowMicros: number, uploadLifeMs: number): UploadOutcome {
    if (this.fate !== 'kept') return this.fate;
    const isExpired = this.place === 'user' && nowMicros - this.uploadedMicros > uploadLifeMs * 1000;
    return isExpired ? 'expired' : 'captured';
  }

  /** Composed anew each time: a workspace's files would fill the memory. */
  bytes(): Buffer {
    const random = this.random.fork('bytes');
    if (this.bulkBytes === undefined) return this.type.write(random, this.wantedSize, this.topic);
    return Buffer.alloc(this.bulkBytes, random.bytes(bulkPatternBytes));
  }

  measure(): {readonly size: number; readonly sha256: string} {
    if (this.digest === undefined) {
      const bytes = this.bytes();
      this.digest = {size: bytes.length, sha256: sha256Hex(bytes)};
    }
    return this.digest;
  }
}
