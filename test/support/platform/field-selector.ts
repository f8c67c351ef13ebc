// Drops the top-level fields of records that a stream's schema does not name, as the platform does without a word.
import type {ConfiguredCatalog} from './configured-catalog';
import type {Finding, Message} from './message';

export class FieldSelector {
  readonly findings: Finding[] = [];
  private readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly told = new Set<string>();

  constructor(catalog: ConfiguredCatalog) {
    this.fields = new Map(
      catalog.streams.map(({stream}) => [stream.name, new Set(Object.keys(stream.json_schema.properties ?? {}))])
    );
  }

  /** The very message when nothing is to be dropped. */
  select(message: Message): Message {
    const record = message['record'] as {stream: string; data: Readonly<Record<string, unknown>>};
    const fields = this.fields.get(record.stream);
    const strange = Object.keys(record.data).filter((field) => fields?.has(field) !== true);
    if (strange.length === 0) return message;
    for (const field of strange) this.tell(record.stream, field);
    const data = Object.fromEntries(Object.entries(record.data).filter(([field]) => !strange.includes(field)));
    return {...message, record: {...record, data}};
  }

  private tell(stream: string, field: string): void {
    const key = `${stream}.${field}`;
    if (this.told.has(key)) return;
    this.told.add(key);
    this.findings.push({rule: 'every field is in the schema', detail: key});
  }
}
