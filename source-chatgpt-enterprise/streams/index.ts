// Reads the selected streams in order: users, messages with their files, other logs, objects with theirs, the report.
import {fileChunks, files} from '../../contract/files';
import {logStreams} from '../../contract/log-streams';
import {microsOfMs} from '../../core/micros';
import {toLagByStream} from '../cursor/stream-lag';
import {readCaptureRuns} from './capture-runs';
import {readFileLane} from './file-lane';
import {readLogStream} from './log-streams';
import {userStream} from './members';
import {readMessagePass} from './message-pass';
import {memberBudgetMs} from './member-budget';
import {readObjectFiles} from './object-files';
import {type PassEnds, readObjectStream} from './object-pass';
import {objectStreams} from './object-streams';
import {nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';
import {ReferenceCache} from './reference-cache';
import {sideBySide} from './side-by-side';
import {noteClock} from './true-clock';

const memberStreams = objectStreams.filter(({owners}) => owners === 'members');
const workspaceStreams = objectStreams.filter(({owners}) => owners !== 'members');

export async function* readSelected(scope: ReadScope, selected: SelectedStates): StreamOutputs {
  const startedAt = nowIso(scope);
  const hasFiles = selected.has(files.name) || selected.has(fileChunks.name);
  const references = new ReferenceCache();
  const ends: PassEnds = {stoppedAt: new Map(), failed: new Set()};
  yield* readObjectStream(scope, userStream, selected, ends);
  const messagesReached = yield* readMessagePass(scope, selected, hasFiles ? references : undefined);
  const filesReached = yield* readFileLane(scope, selected, references, messagesReached);
  for (const definition of [...logStreams, ...scope.extraLogStreams]) yield* readLogStream(scope, selected, definition);
  for (const declared of workspaceStreams) yield* readObjectStream(scope, declared, selected, ends);
  const deadlineMs = scope.clock.nowMs() + memberBudgetMs(filesReached?.tookMs ?? 0);
  yield* sideBySide(memberStreams.map((declared) => readObjectStream(scope, declared, selected, ends, deadlineMs)));
  if (filesReached !== undefined) yield* readObjectFiles(scope, selected, filesReached, ends);
  const {tally} = scope;
  if (tally.unreadableLines > 0) scope.events.unreadableLinesKept(tally.unreadableLines);
  if (tally.unreadableTimes > 0) scope.events.unreadableTimesKept(tally.unreadableTimes);
  noteClock(scope);
  scope.events.readEnded({logFiles: tally.logFiles, events: tally.events});
  const lagByStream = toLagByStream(tally.reached, microsOfMs(scope.clock.nowMs()));
  scope.events.lagKnown(lagByStream);
  yield* readCaptureRuns(scope, selected, startedAt, lagByStream);
}
