// A ledger to which records that are set aside look new, until they have found their outcome anew.
import type {EvidenceLedger} from './evidence';

/** @param recordIds loses those that are decided again: a record that stays set aside is known as that */
export function reconsidering(ledger: EvidenceLedger, recordIds: Set<string>): EvidenceLedger {
  const own: Pick<EvidenceLedger, 'findRecord' | 'setAside' | 'excluded'> = {
    findRecord: (recordId) => {
      const known = ledger.findRecord(recordId);
      return known?.outcome === 'set_aside' && recordIds.has(recordId) ? undefined : known;
    },
    setAside: (records) => {
      for (const {record} of records) recordIds.delete(record.recordId);
      ledger.setAside(records);
    },
    excluded: (exclusions) => {
      // What was set aside stays so: somebody was promised to find it there.
      const isNew = ({recordId}: {readonly recordId: string}): boolean =>
        ledger.findRecord(recordId)?.outcome !== 'set_aside';
      for (const {records} of exclusions) for (const {recordId} of records) recordIds.delete(recordId);
      ledger.excluded(
        exclusions.flatMap((each) => {
          const records = each.records.filter(isNew);
          return records.length === 0 ? [] : [{...each, records}];
        })
      );
    },
  };
  return new Proxy(ledger, {
    get: (inner, name) => {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(inner, name, inner);
      return typeof value === 'function' ? (value.bind(inner) as unknown) : value;
    },
  });
}
