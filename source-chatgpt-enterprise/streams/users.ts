// Stream `users`: all members of the workspace, listed again when the last pass is old enough.
import {users} from '../../contract/users';
import {toConnectorError} from '../../core/errors';
import {listUsersPage} from '../api/users-listing';
import {parseUsersCursor, planUsersPass, type UsersCursor} from '../cursor/users-cursor';
import {toUserRow} from '../normalize/to-user-row';
import {awaiting, nowIso, type ReadScope, type SelectedStates, type StreamOutputs} from './read-scope';

const stream = users.name;

export async function* readUsers(scope: ReadScope, selected: SelectedStates): StreamOutputs {
  if (!selected.has(stream)) return;
  yield {kind: 'started', stream};
  try {
    yield* readPass(scope, parseUsersCursor(selected.get(stream)));
    yield {kind: 'completed', stream};
  } catch (error) {
    yield {kind: 'failed', stream, error: toConnectorError(error)};
  }
}

async function* readPass(scope: ReadScope, cursor: UsersCursor): StreamOutputs {
  const plan = planUsersPass(cursor, nowIso(scope), scope.refreshHours);
  if (plan.kind === 'not_due') {
    yield {kind: 'state', stream, state: cursor};
    return;
  }
  const origin = {workspaceId: scope.workspaceId, capturedAt: plan.capturedAt};
  let after = plan.after;
  do {
    const page = yield* awaiting(scope, [stream], listUsersPage(scope.client, after));
    for (const user of page.users) yield {kind: 'record', stream, data: toUserRow(user, origin)};
    after = page.nextAfter;
    const state: UsersCursor =
      after === undefined
        ? {version: 1, completed: plan.capturedAt, pass: null}
        : {version: 1, completed: cursor.completed, pass: {captured_at: plan.capturedAt, after}};
    yield {kind: 'state', stream, state};
  } while (after !== undefined);
}
