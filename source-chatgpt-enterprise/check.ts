// Proves the configuration cheaply, and says which permission is missing.
import {ConfigError, type ConnectorError, toConnectorError} from '../core/errors';
import type {RetryPolicy} from '../core/retry';
import {isUuid} from '../core/uuid';
import type {ComplianceClient} from './api/client';
import {madeUpUserId, proveFileScope} from './api/file-scope';
import {findUserId} from './api/users-listing';
import {wireLogPage} from './api/wire-log-page';
import {formatMicros, microsOfMs} from '../core/micros';

/** A person waits for the answer: few attempts, and one short wait for a rate limit. */
export const checkRetryPolicy: RetryPolicy = {
  maxFailureMs: 10_000,
  minAttempts: 2,
  baseDelayMs: 250,
  maxDelayMs: 2_000,
  maxRateLimitMs: 30_000,
  maxRateLimitWaits: 1,
  minUnstatedMs: 10_000,
  maxUnstatedMs: 30_000,
};

export type CheckOutcome = {readonly ok: true} | {readonly ok: false; readonly error: ConnectorError};

export async function checkWorkspace(workspaceId: string, client: ComplianceClient): Promise<CheckOutcome> {
  try {
    requireWorkspaceId(workspaceId);
    await proveLogs(client).catch((error: unknown) => explainRefusal(client, error));
    const userId = await proveUsers(client);
    await proveFileScope(client, userId);
    return {ok: true};
  } catch (error) {
    return {ok: false, error: toConnectorError(error)};
  }
}

/** The API would answer an organization id as any workspace that the key was not made for. */
export function requireWorkspaceId(workspaceId: string): void {
  if (workspaceId.startsWith('org-')) {
    throw new ConfigError('organization_id_given', 'The workspace ID begins with org-: that is an organization id.');
  }
}

/** Another form than the API documents, which it may know all the same; an organization id has its own refusal. */
export function isUnusualId(workspaceId: string): boolean {
  return !workspaceId.startsWith('org-') && !isUuid(workspaceId);
}

async function proveLogs(client: ComplianceClient): Promise<void> {
  const after = formatMicros(microsOfMs(client.clock.nowMs() - 60_000));
  await client.getJson(
    {
      route: 'logs',
      path: ['logs'],
      query: {event_type: 'CONVERSATION_MESSAGE', after, limit: 1},
      purpose: 'log_listing',
      doing: 'listing log files',
    },
    wireLogPage
  );
}

/** A key that may read users lacks a scope for logs; one that may read neither is of another workspace, or its address is not allowed. */
async function explainRefusal(client: ComplianceClient, error: unknown): Promise<never> {
  if (error instanceof ConfigError && error.code === 'log_scope_missing') {
    const users = await proveUsers(client).then(
      () => undefined,
      (other: unknown) => toConnectorError(other)
    );
    if (users?.code === 'stateful_scope_missing') {
      throw new ConfigError('workspace_refused', 'While listing log files and users the answer was HTTP 403.');
    }
  }
  throw error;
}

async function proveUsers(client: ComplianceClient): Promise<string> {
  return (await findUserId(client)) ?? madeUpUserId;
}
