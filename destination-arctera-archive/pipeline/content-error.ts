// Tells a failure that the content of an item brought about from one of the machine or of another party.
import {ConnectorError, RecordError, systemCode} from '../../core/errors';

/**
 * What decides of an item or renders it depends on its records alone: what neither the disk nor the machine caused, they did.
 * @param doing what ended with the error, to begin a sentence
 * @returns why the records are to be set aside; undefined where others would meet the same
 */
export function toContentError(error: unknown, doing: string): RecordError | undefined {
  if (error instanceof ConnectorError) return error instanceof RecordError ? error : undefined;
  if (!(error instanceof Error) || systemCode(error) !== undefined) return undefined;
  return new RecordError('item_unrenderable', `${doing} ended with ${error.name}.`, {cause: error});
}

/** What came of something that depends on records alone, or why they are to be set aside. */
export type Attempted<Result> =
  {readonly result: Result; readonly reason?: undefined} | {readonly result?: undefined; readonly reason: RecordError};

/** Throws what others would meet the same. */
export function attempt<Result>(doing: string, work: () => Result): Attempted<Result> {
  try {
    return {result: work()};
  } catch (error) {
    const reason = toContentError(error, doing);
    if (reason === undefined) throw error;
    return {reason};
  }
}
