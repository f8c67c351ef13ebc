// A file that is put into the workspace on request, with chosen id, bytes and fate.
import {topics, type Topic} from '../content/phrases';
import type {FileType} from '../content/upload-bytes';
import {Random} from '../random';
import {Upload, type UploadPlace} from './upload';

export interface PlantedFile {
  readonly fileId: string;
  readonly bytes: Buffer;
  readonly place?: UploadPlace;
  readonly ownerId: string;
  readonly uploadedMicros: number;
  readonly fate?: Upload['fate'];
  /** The one conversation that a request must name. */
  readonly onlyIn?: string;
}

export class PlantedUpload extends Upload {
  override readonly fileId: string;
  override readonly type: FileType;

  constructor(private readonly planted: PlantedFile) {
    const {fate = 'kept', fileId, onlyIn, ownerId, place = 'user', uploadedMicros} = planted;
    super(new Random(fileId), topics[0] as Topic, place, ownerId, uploadedMicros, onlyIn, fate);
    this.fileId = fileId;
    this.type = {ending: 'bin', mimeType: 'application/octet-stream', weight: 0, write: () => planted.bytes};
  }

  override get needsConversation(): boolean {
    return this.planted.onlyIn !== undefined;
  }
}
