// The archive as a bucket of an S3-compatible store: one object an item, created once and, on request, locked.
import {createHash, randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {homedir} from 'node:os';
import type {Readable} from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type MultipartUpload,
  type PutObjectCommandInput,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {Upload} from '@aws-sdk/lib-storage';
import type {Clock} from '../../core/clock';
import {ConfigError, IntegrityError, TransientError} from '../../core/errors';
import {toConversationPart, toDayPath, toUserPart} from './item-path';
import type {Network} from './network';
import {BoundedAnswers} from './s3-answers';
import {describeTooLarge, s3Status, toS3Error} from './s3-errors';
import {mostAttempts, S3Retries} from './s3-retries';
import {
  type ArchiveMark,
  type DeliveryResult,
  deliverInParallel,
  type ItemAddress,
  type ItemHolds,
  type ItemPlace,
  type RenderedItem,
  type Target,
} from './target';

export interface S3Settings {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
  /** Undefined: the ambient chain of environment, profile, web identity and instance. */
  readonly credentials: {readonly accessKeyId: string; readonly secretAccessKey: string} | undefined;
  readonly prefix: string;
  /** Undefined: objects are not locked. */
  readonly lockMode: 'governance' | 'compliance' | undefined;
  /** For items that the policy gives no period. */
  readonly retentionDays: number | undefined;
  readonly encryption: 'AES256' | 'aws:kms' | undefined;
  readonly kmsKeyId: string | undefined;
}

export interface S3Options {
  readonly settings: S3Settings;
  /** Name of the workspace: its id made safe. */
  readonly directory: string;
  readonly network: Network;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called before each request that makes an item. Throws where the ledger may be another run's by now. */
  readonly assertHeld?: (() => void) | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const parallelPuts = 16;
/** Of the mark, which is a UUID: whatever is longer is none. */
const mostMarkBytes = 1024;
/** Of a body, one after the other without a byte between. */
const mostCuts = 5;
const partBytes = 8 * 1024 * 1024;
const partsAtOnce = 2;
const dayMs = 24 * 60 * 60_000;
/** An older one was begun by a run that was killed, whatever the store's clock says. */
const longestProbeMs = dayMs;
const makesAnObject: ReadonlySet<string> = new Set(['PutObjectCommand', 'CompleteMultipartUploadCommand']);
/** Refusals that lie in the settings, and say in their body in which. */
const wordless: ReadonlySet<number | undefined> = new Set([301, 307, 400, 401, 403]);
const itemEnding = /\.(eml|rsmf|td\.zip)$/i;

export class S3Target implements Target {
  readonly name = 's3';
  readonly isReadable = true;
  readonly mark: ArchiveMark = {
    read: () => this.readMark(),
    create: (archiveId) => this.createMark(archiveId),
    hasItems: () => this.hasItems(),
  };
  readonly holds: ItemHolds | undefined;
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly root: string;
  private readonly uploads = new Set<Upload>();
  /** How far its clock is ahead of ours by an answer to a request that it accepted: others may not be its own. */
  private storeAheadMs = 0;

  constructor(private readonly options: S3Options) {
    const {settings, network, directory} = options;
    haveHome();
    const endpoint = settings.endpoint;
    const host = endpoint === undefined ? `s3.${settings.region}.amazonaws.com` : new URL(endpoint).hostname;
    this.bucket = settings.bucket;
    // Without Object Lock there is nothing that a store would hold.
    if (settings.lockMode !== undefined) {
      this.holds = {
        placesPolicyHold: true,
        set: (address, names) => this.setHold(address, names.length > 0),
        isHeld: (address) => this.isHeld(address),
      };
    }
    const prefix = settings.prefix.replace(/^\/+|\/+$/g, '');
    this.root = `${prefix === '' ? '' : `${prefix}/`}${directory}/`;
    this.client = new S3Client({
      region: settings.region,
      forcePathStyle: settings.pathStyle,
      maxAttempts: mostAttempts,
      retryStrategy: new S3Retries({
        ...options,
        onSuccess: () => (this.storeAheadMs = this.client.config.systemClockOffset),
      }),
      // SHA-256 is sent with every object; further checksums are asked of no store that may not know them.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: new BoundedAnswers({
        httpsAgent: network.secureAgent(host, parallelPuts),
        httpAgent: network.plainAgent(parallelPuts),
        connectionTimeout: 30_000,
        requestTimeout: 5 * 60_000,
        throwOnRequestTimeout: true,
      }),
      ...(endpoint === undefined ? {} : {endpoint}),
      ...(settings.credentials === undefined ? {} : {credentials: settings.credentials}),
    });
    // Behind what tries a request again: each attempt is one.
    this.client.middlewareStack.add(
      (next, {commandName = ''}) =>
        (args) => {
          if (makesAnObject.has(commandName) && isOfItem(args.input)) options.assertHeld?.();
          return next(args);
        },
      {step: 'finalizeRequest', name: 'assertHeld', priority: 'low'}
    );
  }

  /** Year, month, day, user, conversation, item: an administrator finds a conversation by looking. */
  address(place: ItemPlace): ItemAddress {
    const directory = `${toDayPath(place.dateMs)}/${toUserPart(place)}/${toConversationPart(place)}`;
    return `${directory}/${place.itemId}.${place.ending}`;
  }

  /**
   * A multipart upload is begun with the very lock, hold and encryption of an item, and aborted: it takes the same
   * permissions as a write, and no object ever exists, so none can stay locked. Nothing needs the right to delete.
   */
  async probe(): Promise<void> {
    const probes = `${this.root}probe-`;
    const Key = `${probes}${randomUUID()}`;
    // With the permission to list, an absent key is 404 and not 403. First of all: what is no store says anything of a lock.
    if (await this.isThere(Key)) throw this.noStore();
    await this.probeLock();
    await this.guarded(async () => {
      const begun = await this.client.send(
        new CreateMultipartUploadCommand({
          Bucket: this.bucket,
          Key,
          ...this.protection({}, this.options.settings.lockMode === undefined ? undefined : 1),
        })
      );
      if ((begun.UploadId ?? '') === '') throw this.noStore();
      await this.client.send(new AbortMultipartUploadCommand({Bucket: this.bucket, Key, UploadId: begun.UploadId}));
    });
    // Asks for what a run that was killed began, which would be refused only after a crash; another's probe may be on its way.
    const oldestMs = this.options.clock.nowMs() - longestProbeMs;
    await this.abortUploads(probes, ({Initiated}) => (Initiated?.getTime() ?? Infinity) < oldestMs);
  }

  async find(address: ItemAddress): Promise<boolean> {
    const own = this.keyOf(address);
    if (await this.isThere(own)) return true;
    await this.abortUploads(own, ({Key}) => Key === own); // the run that began it ended before it was whole
    return false;
  }

  deliver(items: readonly RenderedItem[]): Promise<readonly DeliveryResult[]> {
    return deliverInParallel(items, parallelPuts, (item) => this.put(item));
  }

  async digest(address: ItemAddress): Promise<string | undefined> {
    const hash = createHash('sha256');
    try {
      for await (const bytes of this.open(this.keyOf(address))) hash.update(bytes);
    } catch (error) {
      if (s3Status(error) === 404) return undefined;
      throw this.toError(error);
    }
    return hash.digest('hex');
  }

  async *read(address: ItemAddress): AsyncGenerator<Buffer> {
    try {
      yield* this.open(this.keyOf(address));
    } catch (error) {
      throw this.toError(error);
    }
  }

  async *list(): AsyncGenerator<ItemAddress> {
    for await (const address of this.listBelow('')) if (itemEnding.test(address)) yield address;
  }

  async *directories(): AsyncGenerator<string> {
    const Prefix = this.root.slice(0, -(this.options.directory.length + 1));
    for await (const {CommonPrefixes = []} of this.pages({Prefix, Delimiter: '/'})) {
      for (const {Prefix: each = ''} of CommonPrefixes) yield each.slice(Prefix.length, -1);
    }
  }

  listBeside(directory: string, after?: ItemAddress): AsyncGenerator<ItemAddress> {
    return this.listBelow(`${directory}/`, after);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.uploads].map((upload) => upload.abort()));
    this.client.destroy();
  }

  private async *listBelow(below: string, after?: ItemAddress): AsyncGenerator<ItemAddress> {
    const StartAfter = after === undefined ? undefined : `${this.root}${after}`;
    for await (const {Contents = []} of this.pages({Prefix: `${this.root}${below}`, StartAfter})) {
      for (const {Key = ''} of Contents) yield Key.slice(this.root.length);
    }
  }

  /** Throws TransientError where a page is not the last one and does not say how to go on: no item may be passed over. */
  private async *pages(
    query: Pick<ListObjectsV2CommandInput, 'Prefix' | 'Delimiter' | 'StartAfter'>
  ): AsyncGenerator<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    for (;;) {
      const ContinuationToken = token;
      const page = await this.guarded(() =>
        this.client.send(new ListObjectsV2Command({Bucket: this.bucket, ...query, ContinuationToken}))
      );
      yield page;
      const {IsTruncated, NextContinuationToken: next = ''} = page;
      if (IsTruncated === false || (IsTruncated === undefined && next === '')) return;
      if (next === '' || next === token) {
        throw new TransientError('target_unavailable', `The bucket ${this.bucket} does not go on with a list.`);
      }
      token = next;
    }
  }

  private async put(item: RenderedItem): Promise<DeliveryResult> {
    const {itemId} = item;
    const Key = this.keyOf(item.address);
    const input: PutObjectCommandInput = {
      Bucket: this.bucket,
      Key,
      IfNoneMatch: '*',
      ContentType: 'application/octet-stream',
      Metadata: {sha256: item.sha256},
      ChecksumAlgorithm: 'SHA256',
      ...this.protection(item),
    };
    try {
      if (item.body.kind === 'memory') {
        const {bytes} = item.body;
        const ChecksumSHA256 = Buffer.from(item.sha256, 'hex').toString('base64');
        this.assertMade(
          await this.client.send(
            new PutObjectCommand({...input, Body: bytes, ContentLength: bytes.length, ChecksumSHA256})
          )
        );
      } else this.assertMade(await this.upload({...input, Body: createReadStream(item.body.path)}));
      return {kind: 'delivered', itemId};
    } catch (error) {
      const words = describeTooLarge(error);
      if (words !== undefined) return {kind: 'refused', itemId, code: 'item_too_large', words};
      const isUploadGone = error instanceof Error && error.name === 'NoSuchUpload';
      if (s3Status(error) !== 412 && !isUploadGone) throw this.toError(error);
      // An attempt whose answer was lost put it there, or something that is not ours lies in its place.
      const found = await this.digest(item.address);
      if (found === item.sha256) {
        if (this.holds !== undefined && isToBeHeld(item)) await this.setHold(item.address, true);
        return {kind: 'delivered', itemId};
      }
      if (found === undefined) throw this.toError(error); // it has gone meanwhile, or is not shown yet
      throw new IntegrityError('item_damaged', `The object ${Key} is not what was about to be delivered.`);
    }
  }

  private async upload(params: PutObjectCommandInput): Promise<{readonly ETag?: string | undefined}> {
    const upload = new Upload({
      client: this.client,
      params,
      partSize: partBytes,
      queueSize: partsAtOnce,
      leavePartsOnError: false,
    });
    this.uploads.add(upload);
    const stop = (): void => void upload.abort();
    this.options.signal.addEventListener('abort', stop, {once: true});
    try {
      return await upload.done();
    } finally {
      this.options.signal.removeEventListener('abort', stop);
      this.uploads.delete(upload);
    }
  }

  /** Retention counts from the delivery: an archive never keeps an item for less than its period. */
  private protection(
    {retention, ...wanted}: Pick<RenderedItem, 'retention' | 'legalHold' | 'heldFor'>,
    otherwise = this.options.settings.retentionDays
  ): Partial<PutObjectCommandInput> {
    const {encryption, kmsKeyId, lockMode} = this.options.settings;
    const days = retention?.days ?? otherwise;
    return {
      ...(encryption === undefined ? {} : {ServerSideEncryption: encryption}),
      ...(kmsKeyId === undefined ? {} : {SSEKMSKeyId: kmsKeyId}),
      ...(lockMode === undefined || days === undefined
        ? {}
        : {
            ObjectLockMode: lockMode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
            ObjectLockRetainUntilDate: new Date(this.deliveryMs() + days * dayMs),
          }),
      ...(lockMode === undefined || !isToBeHeld(wanted) ? {} : {ObjectLockLegalHoldStatus: 'ON'}),
    };
  }

  /** The later of the own clock and the store's: either may be wrong. */
  private deliveryMs(): number {
    return this.options.clock.nowMs() + Math.max(0, this.storeAheadMs);
  }

  private async probeLock(): Promise<void> {
    if (this.options.settings.lockMode === undefined) return;
    const Bucket = this.bucket;
    await this.guarded(async () => {
      const versioning = await this.client.send(new GetBucketVersioningCommand({Bucket}));
      const isLocked = await this.client.send(new GetObjectLockConfigurationCommand({Bucket})).then(
        ({ObjectLockConfiguration: lock}) => lock?.ObjectLockEnabled === 'Enabled',
        (error: unknown) => {
          if (s3Status(error) === 404) return false;
          throw error;
        }
      );
      if (versioning.Status !== 'Enabled' || !isLocked) {
        throw new ConfigError('s3_lock_missing', `The bucket ${Bucket} has no versioning with Object Lock.`);
      }
    });
  }

  private async isThere(Key: string): Promise<boolean> {
    try {
      await this.client.send(new HeadObjectCommand({Bucket: this.bucket, Key}));
      return true;
    } catch (error) {
      if (s3Status(error) === 404) return false;
      throw this.toError(await this.inWords(error, Key));
    }
  }

  /** What answers HEAD has no body, and so no code of the store: the same is asked in a way that has one. */
  private async inWords(refusal: unknown, Key: string): Promise<unknown> {
    if (!wordless.has(s3Status(refusal))) return refusal;
    try {
      const {Body} = await this.client.send(new GetObjectCommand({Bucket: this.bucket, Key, Range: 'bytes=0-0'}));
      (Body as Readable).destroy();
    } catch (error) {
      if (s3Status(error) === s3Status(refusal)) return error;
    }
    return refusal;
  }

  private async setHold(address: ItemAddress, isOn: boolean): Promise<boolean> {
    const Key = this.keyOf(address);
    const LegalHold = {Status: isOn ? ('ON' as const) : ('OFF' as const)};
    try {
      await this.client.send(new PutObjectLegalHoldCommand({Bucket: this.bucket, Key, LegalHold}));
      return true;
    } catch (error) {
      if (s3Status(error) === 404) return false;
      throw this.toError(error);
    }
  }

  private async isHeld(address: ItemAddress): Promise<boolean> {
    try {
      const Key = this.keyOf(address);
      const {LegalHold} = await this.client.send(new GetObjectLegalHoldCommand({Bucket: this.bucket, Key}));
      return LegalHold?.Status === 'ON';
    } catch (error) {
      if (s3Status(error) === 404) return false; // no object, or one that nothing was ever said of
      throw this.toError(error);
    }
  }

  private async abortUploads(Prefix: string, isMeant: (upload: MultipartUpload) => boolean): Promise<void> {
    const Bucket = this.bucket;
    await this.guarded(async () => {
      const {Uploads: begun = []} = await this.client.send(new ListMultipartUploadsCommand({Bucket, Prefix}));
      for (const {Key, UploadId} of begun.filter(isMeant)) {
        await this.client.send(new AbortMultipartUploadCommand({Bucket, Key, UploadId}));
      }
    });
  }

  /** The bytes of an object. The client tries a request again, but not a body that ends early: it is gone on with. */
  private async *open(Key: string): AsyncGenerator<Buffer> {
    let received = 0;
    let version: string | undefined;
    for (let cuts = 0; ; cuts += 1) {
      const rest = received === 0 ? {} : {Range: `bytes=${received}-`, IfMatch: version};
      const answer = await this.client.send(new GetObjectCommand({Bucket: this.bucket, Key, ...rest}));
      if (received > 0 && answer.ContentRange?.startsWith(`bytes ${received}-`) !== true) {
        throw new TransientError('target_unavailable', `The bucket ${this.bucket} does not go on with an object.`);
      }
      version = answer.ETag;
      try {
        for await (const bytes of answer.Body as Readable as AsyncIterable<Buffer>) {
          received += bytes.length;
          cuts = 0;
          yield bytes;
        }
        return;
      } catch (error) {
        const isCut = this.toError(error) instanceof TransientError;
        if (!isCut || cuts >= mostCuts || this.options.signal.aborted) throw error;
      }
    }
  }

  private async hasItems(): Promise<boolean> {
    for await (const address of this.list()) return address !== '';
    return false;
  }

  private async readMark(): Promise<string | undefined> {
    const parts: Buffer[] = [];
    let length = 0;
    try {
      for await (const bytes of this.open(`${this.root}archive-id`)) {
        parts.push(bytes);
        length += bytes.length;
        if (length > mostMarkBytes) {
          throw new IntegrityError('item_damaged', `The object ${this.root}archive-id is no mark of an archive.`);
        }
      }
    } catch (error) {
      if (s3Status(error) === 404) return undefined;
      throw this.toError(error);
    }
    const archiveId = Buffer.concat(parts).toString('utf8').trim();
    if (archiveId === '') throw this.noStore();
    return archiveId;
  }

  private async createMark(archiveId: string): Promise<void> {
    const Body = `${archiveId}\n`;
    try {
      this.assertMade(
        await this.client.send(
          new PutObjectCommand({
            Bucket: this.bucket,
            Key: `${this.root}archive-id`,
            Body,
            IfNoneMatch: '*',
            ChecksumAlgorithm: 'SHA256',
            ChecksumSHA256: createHash('sha256').update(Body).digest('base64'),
            ...this.protection({}),
          })
        )
      );
    } catch (error) {
      // An attempt whose answer was lost put it there, or somebody else begins an archive in the same place.
      if (s3Status(error) !== 412 || (await this.readMark()) !== archiveId) throw this.toError(error);
    }
  }

  /** A store names what it has made by an entity tag: whatever else answers 200, as something in between may, made nothing. */
  private assertMade({ETag = ''}: {readonly ETag?: string | undefined}): void {
    if (ETag === '') throw this.noStore();
  }

  private noStore(): TransientError {
    const detail = `What answers for the bucket ${this.bucket} says yes to everything and keeps nothing.`;
    return new TransientError('target_unavailable', detail);
  }

  private keyOf(address: ItemAddress): string {
    return `${this.root}${address}`;
  }

  private async guarded<Result>(act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      throw this.toError(error);
    }
  }

  private toError(error: unknown): unknown {
    return toS3Error(error, this.bucket);
  }
}

/** The client looks for settings there, and fails where nobody can tell: a pod may run as a user who has no name. */
function haveHome(): void {
  try {
    homedir();
  } catch {
    process.env['HOME'] = '/'; // what container runtimes say of such a user
  }
}

/** Evidence of a run may say that it has lost the ledger. */
function isOfItem(input: object): boolean {
  return 'Key' in input && itemEnding.test(String(input.Key));
}

function isToBeHeld({legalHold, heldFor = []}: Pick<RenderedItem, 'legalHold' | 'heldFor'>): boolean {
  return legalHold !== undefined || heldFor.length > 0;
}
