// One member of the workspace as a row of `users`.
import type {UserRow} from '../../contract/users';
import type {WireUser} from '../api/wire-users-page';

export function toUserRow(
  user: WireUser,
  origin: {readonly workspaceId: string; readonly capturedAt: string}
): UserRow {
  return {
    id: user.id,
    workspace_id: origin.workspaceId,
    email: user.email ?? null,
    name: user.name ?? null,
    role: user.role ?? null,
    status: user.status ?? null,
    created_at: user.created_at ?? null,
    captured_at: origin.capturedAt,
  };
}
