// What the entries of the ledger say: the exact JSON of each kind, and its conversion from and to what the pipeline uses.
import * as z from 'zod';
import {fileOutcome} from '../../contract/files';
import {IntegrityError} from '../../core/errors';
import type {
  Exclusion,
  Intent,
  ItemAt,
  ItemDecision,
  Person,
  PolicyReason,
  RecordRef,
  SetAside,
  TargetReceipt,
  TargetRefusal,
} from './ledger';

/** Raised when an older connector would misread what this one writes. */
export const ledgerFormat = 1;

const reason = z.object({rule: z.string(), reason: z.string(), policy_version: z.string()});

const decision = z.object({
  rules: z.array(z.string()),
  tags: z.array(z.string()),
  retention: z.object({category: z.string(), days: z.number().nullable()}).nullable(),
  legal_hold: z.string().nullable(),
  /** Pairs of kind and count. */
  redactions: z.array(z.tuple([z.string(), z.number()])),
});

const itemAt = z.object({item_id: z.string(), target: z.string()});

const receipt = itemAt.extend({reply: z.string(), possibly_twice: z.boolean()});

/** The file beside the bytes that are set aside says the same. */
export const refusalSchema = itemAt.extend({
  code: z.string(),
  words: z.string(),
  path: z.string(),
  sha256: z.string(),
});

const bodies = {
  genesis: z.object({archive_id: z.string(), workspace_id: z.string(), format: z.number().int()}),
  intent: z.object({
    item_id: z.string(),
    kind: z.string(),
    address: z.string(),
    sha256: z.string(),
    size: z.number(),
    /** Left out where there are none. */
    copies: z.array(z.object({address: z.string(), sha256: z.string(), size: z.number()})).optional(),
    stream: z.string(),
    /** Pairs of record id and SHA-256. */
    records: z.array(z.tuple([z.string(), z.string()])),
    files: z.array(
      z.object({file_id: z.string(), event_id: z.string(), outcome: fileOutcome, sha256: z.string().nullable()})
    ),
    conversation: z.object({id: z.string(), subject: z.string()}).nullable(),
    /** Id of the user whose item it is; left out for one that is nobody's, and by the first release. */
    owner: z.string().optional(),
    /** Of the item; left out by the first release. */
    date: z.string().optional(),
    policy_version: z.string(),
    /** Left out where it is the default target alone. */
    targets: z.array(z.string()).optional(),
    /** Left out where all targets have the item under one address. */
    places: z.record(z.string(), z.object({address: z.string(), copies: z.array(z.string())})).optional(),
    /** Left out where no rule said anything. */
    decision: decision.optional(),
  }),
  delivered: z.object({
    item_ids: z.array(z.string()),
    /** What a server said that cannot be asked later. */
    receipts: z.array(receipt).optional(),
    /** Targets that will never take an item which others took; its bytes are set aside. */
    refusals: z.array(refusalSchema).optional(),
  }),
  /** Targets that have an item which is open, because another target failed, or which they had refused. */
  taken: z.object({items: z.array(itemAt), receipts: z.array(receipt).optional()}),
  voided: z.object({
    item_ids: z.array(z.string()),
    /** Targets that cannot be asked, and may have an item all the same. */
    possibly_sent: z.array(itemAt).optional(),
  }),
  set_aside: z.object({
    record_id: z.string(),
    sha256: z.string(),
    stream: z.string(),
    code: z.string(),
    path: z.string(),
    /** Where the policy decided it. */
    why: reason.optional(),
  }),
  excluded: z.object({
    /** Pairs of record id and SHA-256. */
    records: z.array(z.tuple([z.string(), z.string()])),
    stream: z.string(),
    why: reason,
  }),
  people: z.object({
    people: z.array(z.object({id: z.string(), email: z.string().nullable(), name: z.string().nullable()})),
  }),
  run_started: z.object({
    run_id: z.string(),
    started_at: z.string(),
    policy_version: z.string(),
    /** Of the connectors, by name. */
    versions: z.record(z.string(), z.string()),
    /** The archive target in words; left out by the first release. */
    target: z.string().optional(),
  }),
  run_ended: z.object({
    run_id: z.string(),
    ended_at: z.string(),
    /** Cut off: the process died, and the next run says so. */
    end: z.enum(['complete', 'incomplete', 'failed', 'cut_off']),
    versions: z.record(z.string(), z.string()),
  }),
  /** The summary of a run, whichever workspaces it served. */
  run_report: z.object({run_id: z.string(), summary: z.record(z.string(), z.unknown())}),
  /** What it names must all be so of an item; an empty list and null stand for any. */
  hold_added: z.object({
    name: z.string(),
    reason: z.string(),
    users: z.array(z.string()),
    /** Addresses that some of the users were named by: whoever is known by one later is meant too. */
    addresses: z.array(z.string()).optional(),
    conversations: z.array(z.string()),
    from: z.string().nullable(),
    until: z.string().nullable(),
  }),
  hold_released: z.object({name: z.string(), reason: z.string()}),
  /** Holds and releases up to this entry have been carried out on every item that was there. */
  holds_applied: z.object({up_to: z.number().int(), held: z.number().int(), lifted: z.number().int()}),
  /** How many states of each lineage have come to their end: all that they cover is archived. */
  states_released: z.object({reached: z.array(z.object({lineage: z.string(), states: z.number().int()}))}),
  manifest: z.object({
    run_id: z.string(),
    /** Of the targets that keep it; the ledger's folder is `ledger`. */
    places: z.array(z.object({target: z.string(), address: z.string(), sha256: z.string()})),
  }),
};

/** What an item says of itself, for whoever has lost the ledger. What derives from the item is left out. */
const itemRecord = bodies.intent
  .omit({item_id: true, address: true, sha256: true, size: true, copies: true, places: true})
  .extend({format: z.literal(1), workspace_id: z.string()});

/** What the ledger is to know of an item before it is rendered. */
export type ItemFacts = Omit<Intent, 'itemId' | 'address' | 'sha256' | 'size' | 'copies' | 'places'>;

export interface ItemRecord {
  readonly workspaceId: string;
  readonly facts: ItemFacts;
}

export type EntryKind = keyof typeof bodies;
export const allEntryKinds = Object.keys(bodies) as EntryKind[];
export type Body<Kind extends EntryKind> = z.output<(typeof bodies)[Kind]>;

/** An entry's kind with its body, as one value of a union. */
export type Statement = {[Kind in EntryKind]: {readonly kind: Kind; readonly body: Body<Kind>}}[EntryKind];

/** Reads the body of an entry. Throws IntegrityError when it is not what its kind requires. */
export function parseStatement(seq: number, kind: string, body: string): Statement {
  if (!isEntryKind(kind)) throw new IntegrityError('ledger_damaged', `Entry ${seq} is of an unknown kind.`);
  return {kind, body: parseBody(seq, kind, body)} as Statement;
}

export function parseBody<Kind extends EntryKind>(seq: number, kind: Kind, body: string): Body<Kind> {
  try {
    return bodies[kind].parse(JSON.parse(body)) as Body<Kind>;
  } catch (error) {
    throw new IntegrityError('ledger_damaged', `Entry ${seq} cannot be read.`, {cause: error});
  }
}

function isEntryKind(kind: string): kind is EntryKind {
  return Object.hasOwn(bodies, kind);
}

export function toIntentBody(intent: Intent): Body<'intent'> {
  return {
    item_id: intent.itemId,
    kind: intent.kind,
    address: intent.address,
    sha256: intent.sha256,
    size: intent.size,
    ...(intent.copies.length === 0 ? {} : {copies: [...intent.copies]}),
    ...(intent.places === undefined ? {} : {places: toPlaces(intent.places)}),
    stream: intent.stream,
    records: intent.records.map(toIdAndDigest),
    files: intent.files.map((file) => ({
      file_id: file.fileId,
      event_id: file.eventId,
      outcome: file.outcome,
      sha256: file.sha256 ?? null,
    })),
    conversation: intent.conversation ?? null,
    ...(intent.owner === undefined ? {} : {owner: intent.owner}),
    ...(intent.date === undefined ? {} : {date: intent.date}),
    policy_version: intent.policyVersion,
    ...(isDefaultAlone(intent.targets) ? {} : {targets: [...intent.targets]}),
    ...(intent.decision === undefined ? {} : {decision: toDecisionBody(intent.decision)}),
  };
}

export function toIntent(body: Body<'intent'>): Intent {
  return {
    itemId: body.item_id,
    kind: body.kind,
    address: body.address,
    sha256: body.sha256,
    size: body.size,
    copies: body.copies ?? [],
    ...(body.places === undefined ? {} : {places: body.places}),
    stream: body.stream,
    records: body.records.map(([recordId, sha256]) => ({recordId, sha256})),
    files: body.files.map((file) => ({
      fileId: file.file_id,
      eventId: file.event_id,
      outcome: file.outcome,
      sha256: file.sha256 ?? undefined,
    })),
    conversation: body.conversation ?? undefined,
    ...(body.owner === undefined ? {} : {owner: body.owner}),
    ...(body.date === undefined ? {} : {date: body.date}),
    policyVersion: body.policy_version,
    targets: body.targets ?? [defaultTargetName],
    decision: body.decision === undefined ? undefined : toDecision(body.decision),
  };
}

function toPlaces(places: NonNullable<Intent['places']>): NonNullable<Body<'intent'>['places']> {
  return Object.fromEntries(
    Object.entries(places).map(([target, {address, copies}]) => [target, {address, copies: [...copies]}])
  );
}

/** As JSON text; equal facts give the same text. */
export function toItemRecordText({workspaceId, facts}: ItemRecord): string {
  const {kind, stream, records, files, conversation, policy_version, ...said} = toIntentBody({...facts, ...underived});
  const {targets, decision: decided, owner, date} = said;
  return JSON.stringify({
    format: 1,
    workspace_id: workspaceId,
    kind,
    stream,
    conversation,
    ...(owner === undefined ? {} : {owner}),
    ...(date === undefined ? {} : {date}),
    policy_version,
    records,
    files,
    ...(targets === undefined ? {} : {targets}),
    ...(decided === undefined ? {} : {decision: decided}),
  } satisfies z.output<typeof itemRecord>);
}

/** Undefined when the text is not what an item says of itself. */
export function parseItemRecord(text: string): ItemRecord | undefined {
  try {
    const body = itemRecord.parse(JSON.parse(text));
    return {workspaceId: body.workspace_id, facts: toIntent({...body, item_id: '', ...underived})};
  } catch {
    return undefined;
  }
}

const underived = {itemId: '', address: '', sha256: '', size: 0, copies: []};

const defaultTargetName = 'default';

function isDefaultAlone(targets: readonly string[]): boolean {
  return targets.length === 1 && targets[0] === defaultTargetName;
}

function toDecisionBody({rules, tags, retention, legalHold, redactions}: ItemDecision): z.output<typeof decision> {
  return {
    rules: [...rules],
    tags: [...tags],
    retention: retention === undefined ? null : {category: retention.category, days: retention.days ?? null},
    legal_hold: legalHold ?? null,
    redactions: redactions.map(({kind, count}) => [kind, count]),
  };
}

function toDecision(body: z.output<typeof decision>): ItemDecision {
  const {rules, tags, retention, redactions} = body;
  return {
    rules,
    tags,
    retention: retention === null ? undefined : {category: retention.category, days: retention.days ?? undefined},
    legalHold: body.legal_hold ?? undefined,
    redactions: redactions.map(([kind, count]) => ({kind, count})),
  };
}

export function toReason(body: z.output<typeof reason>): PolicyReason {
  return {rule: body.rule, reason: body.reason, policyVersion: body.policy_version};
}

export function toDeliveredBody(
  itemIds: readonly string[],
  receipts: readonly TargetReceipt[],
  refusals: readonly TargetRefusal[]
): Body<'delivered'> {
  return {
    item_ids: [...itemIds],
    ...(receipts.length === 0 ? {} : {receipts: receipts.map(toReceiptBody)}),
    ...(refusals.length === 0
      ? {}
      : {
          refusals: refusals.map(({itemId, target, code, words, path, sha256}) => {
            return {item_id: itemId, target, code, words, path, sha256};
          }),
        }),
  };
}

export function toTakenBody(items: readonly ItemAt[], receipts: readonly TargetReceipt[]): Body<'taken'> {
  return {
    items: items.map(toItemAtBody),
    ...(receipts.length === 0 ? {} : {receipts: receipts.map(toReceiptBody)}),
  };
}

export function toVoidedBody(itemIds: readonly string[], possiblySent: readonly ItemAt[]): Body<'voided'> {
  return {
    item_ids: [...itemIds],
    ...(possiblySent.length === 0 ? {} : {possibly_sent: possiblySent.map(toItemAtBody)}),
  };
}

function toItemAtBody({itemId, target}: ItemAt): z.output<typeof itemAt> {
  return {item_id: itemId, target};
}

function toIdAndDigest({recordId, sha256}: RecordRef): [string, string] {
  return [recordId, sha256];
}

function toReceiptBody({reply, isPossiblyTwice, ...at}: TargetReceipt): z.output<typeof receipt> {
  return {...toItemAtBody(at), reply, possibly_twice: isPossiblyTwice};
}

function toReasonBody(why: PolicyReason): z.output<typeof reason> {
  return {rule: why.rule, reason: why.reason, policy_version: why.policyVersion};
}

export function toExcludedBody({records, stream, why}: Exclusion): Body<'excluded'> {
  return {records: records.map(toIdAndDigest), stream, why: toReasonBody(why)};
}

export function toSetAsideBody({record, stream, code, path, why}: SetAside): Body<'set_aside'> {
  const body = {record_id: record.recordId, sha256: record.sha256, stream, code, path};
  return why === undefined ? body : {...body, why: toReasonBody(why)};
}

export function toPeopleBody(people: readonly Person[]): Body<'people'> {
  return {people: people.map(({id, email, name}) => ({id, email: email ?? null, name: name ?? null}))};
}
