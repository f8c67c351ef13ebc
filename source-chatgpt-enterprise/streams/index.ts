// Reads the selected streams in order: users, the log pass, the file lane behind it, the report.
import {fileChunks, files} from '../../contract/files';
import {readCaptureRuns} from './capture-runs';
import {readFileLane} from './file-lane';
import {readLogPass} from './log-pass';
import {nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';
import {ReferenceCache} from './reference-cache';
import {readUsers} from './users';

export async function* readSelected(scope: ReadScope, selected: SelectedStates): StreamOutputs {
  const startedAt = nowIso(scope);
  const hasFiles = selected.has(files.name) || selected.has(fileChunks.name);
  const references = new ReferenceCache();
  yield* readUsers(scope, selected);
  const messagesReached = yield* readLogPass(scope, selected, hasFiles ? references : undefined);
  yield* readFileLane(scope, selected, references, messagesReached);
  const {tally} = scope;
  if (tally.unreadableLines > 0) scope.events.unreadableLinesKept(tally.unreadableLines);
  scope.events.readEnded({logFiles: tally.logFiles, events: tally.events});
  yield* readCaptureRuns(scope, selected, startedAt);
}
